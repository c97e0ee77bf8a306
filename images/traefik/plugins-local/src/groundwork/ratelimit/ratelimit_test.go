package ratelimit

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

const start = 1000 * time.Hour

func fresh(requests int, period time.Duration) *limiter {
	l := newLimiter()
	l.set(requests, period)
	return l
}

func TestExactlyNInAnyWindow(t *testing.T) {
	l := fresh(5, 15*time.Minute)
	allowed := []time.Duration{}
	// A client that pauses, hammers and trickles for a day.
	for second := 0; second < 86_400; second += 7 {
		if second%1_000 < 400 {
			continue
		}
		now := start + time.Duration(second)*time.Second
		if l.take("a", now) == 0 {
			allowed = append(allowed, now)
		}
	}
	for i := 5; i < len(allowed); i++ {
		if span := allowed[i] - allowed[i-5]; span < 15*time.Minute {
			t.Fatalf("6 requests in %s", span)
		}
	}
	if len(allowed) < 400 {
		t.Fatalf("only %d of about 480 requests passed", len(allowed))
	}
}

func TestWaitIsTheTimeUntilTheOldestLeavesTheWindow(t *testing.T) {
	l := fresh(2, time.Minute)
	l.take("a", start)
	l.take("a", start+10*time.Second)
	if wait := l.take("a", start+15*time.Second); wait != 45*time.Second {
		t.Fatalf("got %s", wait)
	}
	if wait := l.take("a", start+time.Minute); wait != 0 {
		t.Fatalf("got %s", wait)
	}
}

func TestClientsCountApart(t *testing.T) {
	l := fresh(1, time.Minute)
	for _, client := range []string{"a", "b"} {
		if wait := l.take(client, start); wait != 0 {
			t.Fatalf("%s: got %s", client, wait)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := fresh(1, time.Hour)
	for i := 0; i < maxClients+10; i++ {
		l.take(fmt.Sprint(i), start)
	}
	if len(l.clients) > maxClients {
		t.Fatalf("got %d clients", len(l.clients))
	}
	l.take("later", start+2*time.Hour)
	if len(l.clients) != 1 {
		t.Fatalf("got %d clients after all windows passed", len(l.clients))
	}
}

func TestClient(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:4711":              "192.0.2.7",
		"[::ffff:192.0.2.7]:4711":     "192.0.2.7",
		"[2001:db8:1:2:aaaa::1]:4711": "2001:db8:1:2::/64",
		"[2001:db8:1:2:bbbb::1]:4711": "2001:db8:1:2::/64",
	} {
		if got := client(remote); got != want {
			t.Errorf("%s: got %s, want %s", remote, got, want)
		}
	}
}

func TestHandlersOfOneNameShareTheirCountAndCountOnlyTheirMethods(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	config := &Config{Requests: 1, Seconds: 60, Methods: []string{"PUT", "POST"}}
	codes := []int{}
	for _, method := range []string{"GET", "PUT", "POST", "GET"} {
		h, err := New(context.Background(), next, config, "upload")
		if err != nil {
			t.Fatal(err)
		}
		recorder := httptest.NewRecorder()
		h.ServeHTTP(recorder, httptest.NewRequest(method, "/", nil))
		codes = append(codes, recorder.Code)
		if recorder.Code == 429 && recorder.Header().Get("Retry-After") != "60" {
			t.Errorf("Retry-After: got %q", recorder.Header().Get("Retry-After"))
		}
	}
	if fmt.Sprint(codes) != "[200 200 429 200]" {
		t.Fatalf("got %v", codes)
	}
}

func TestRefusesALimitOfNothing(t *testing.T) {
	_, err := New(context.Background(), nil, &Config{Requests: 0, Seconds: 60}, "general")
	if err == nil || err.Error() != "general: requests and seconds must be 1 or more, got 0 and 60" {
		t.Fatalf("got %v", err)
	}
}
