// Package ratelimit is a Traefik middleware: at most N requests per client address in any window of the period.
//
// Traefik's own rateLimit forgets a client that pauses for period/N and then lets a full burst through: 100 per 15
// minutes becomes 100 per 10 seconds. It also counts once per router. This one keeps each client's last N times, for
// all routers together. Traefik interprets it, so it stays within the standard library.
package ratelimit

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// Bounds the memory that an attacker with many addresses can claim: 30 MB at 100 requests each.
const maxClients = 30_000

// What times are measured from; monotonic, so that a corrected clock opens no limit.
var started = time.Now()

// Config is what the middleware takes from the dynamic configuration.
type Config struct {
	// Requests that one client may make in any window.
	Requests int `json:"requests"`
	// Seconds of a window.
	Seconds int `json:"seconds"`
	// Methods that count; the others pass. Empty: all count.
	Methods []string `json:"methods"`
	// Redis is the host:port at which all copies of the proxy count together. Empty: each counts for itself.
	Redis string `json:"redis"`
	// Authority is the file of the CA that Redis' certificate is verified by.
	Authority string `json:"authority"`
	// Password is the file of Redis' password.
	Password string `json:"password"`
}

// CreateConfig returns the configuration that Traefik fills in.
func CreateConfig() *Config { return &Config{} }

// One limiter per middleware name, shared by every router that uses it and kept when the configuration is read again.
var (
	limitersMutex sync.Mutex
	limiters      = map[string]*limiter{}
)

// New is called by Traefik for each router that uses the middleware.
func New(_ context.Context, next http.Handler, config *Config, name string) (http.Handler, error) {
	if config.Requests < 1 || config.Seconds < 1 {
		return nil, fmt.Errorf("%s: requests and seconds must be 1 or more, got %d and %d", name, config.Requests, config.Seconds)
	}
	counted := map[string]bool{}
	for _, method := range config.Methods {
		counted[method] = true
	}
	limitersMutex.Lock()
	defer limitersMutex.Unlock()
	counter, known := limiters[name]
	if !known {
		counter = newLimiter()
		limiters[name] = counter
	}
	counter.set(config.Requests, time.Duration(config.Seconds)*time.Second)
	together, err := storeOf(config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &handler{next: next, name: name, limiter: counter, together: together, counted: counted}, nil
}

// storeOf is where all copies count together, or nil. The caller holds the mutex.
func storeOf(config *Config) (*store, error) {
	if config.Redis == "" {
		return nil, nil
	}
	if known, ok := stores[config.Redis]; ok {
		return known, nil
	}
	opened, err := openStore(config.Redis, config.Authority, config.Password)
	if err == nil {
		stores[config.Redis] = opened
	}
	return opened, err
}

type handler struct {
	next     http.Handler
	name     string
	limiter  *limiter
	together *store
	counted  map[string]bool
}

// take counts with the other copies while Redis answers, and else here alone: a limit never opens for its failure.
func (h *handler) take(client string) time.Duration {
	if h.together != nil {
		requests, period := h.limiter.get()
		if wait, err := h.together.take(h.name, client, requests, period); err == nil {
			return wait
		}
	}
	return h.limiter.take(client, time.Since(started))
}

func (h *handler) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	if len(h.counted) > 0 && !h.counted[request.Method] {
		h.next.ServeHTTP(response, request)
		return
	}
	wait := h.take(client(request.RemoteAddr))
	if wait <= 0 {
		h.next.ServeHTTP(response, request)
		return
	}
	response.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	http.Error(response, http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests)
}

// client is what counts as one: an IPv4 address, or the /64 that an IPv6 subscriber is given. Forwarded headers are
// never read: whoever connects could write them.
func client(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return host
	}
	return prefix.String()
}

type limiter struct {
	mutex    sync.Mutex
	requests int
	period   time.Duration
	// When each client's counted requests were, oldest first, as time since the start: a third of a time.Time's size.
	clients map[string][]time.Duration
	swept   time.Duration
}

func newLimiter() *limiter { return &limiter{clients: map[string][]time.Duration{}} }

func (l *limiter) set(requests int, period time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.requests, l.period = requests, period
}

func (l *limiter) get() (int, time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.requests, l.period
}

// take counts a request and returns 0, or leaves it uncounted and returns how long the client has to wait.
func (l *limiter) take(client string, now time.Duration) time.Duration {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	times := after(l.clients[client], now-l.period)
	if len(times) >= l.requests {
		l.clients[client] = times
		return times[len(times)-l.requests] + l.period - now
	}
	if len(times) == 0 {
		l.makeRoom(now)
	}
	l.clients[client] = append(times, now)
	return 0
}

// makeRoom forgets, once per period, the clients without a request in the window; with all places taken, any client.
func (l *limiter) makeRoom(now time.Duration) {
	if now-l.swept >= l.period {
		l.swept = now
		for client, times := range l.clients {
			if times[len(times)-1] <= now-l.period {
				delete(l.clients, client)
			}
		}
	}
	if len(l.clients) < maxClients {
		return
	}
	for client := range l.clients {
		delete(l.clients, client)
		return
	}
}

// after drops the times up to the start of the window.
func after(times []time.Duration, start time.Duration) []time.Duration {
	for i, at := range times {
		if at > start {
			return times[i:]
		}
	}
	return nil
}
