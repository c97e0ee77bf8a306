package ratelimit

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A server that answers each command with the next of answers, and keeps what it was sent; "" closes the connection.
type server struct {
	address, authority, password string
	received                     chan []string
}

func serve(t *testing.T, answers ...string) *server {
	t.Helper()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	folder := t.TempDir()
	s := &server{listener.Addr().String(), filepath.Join(folder, "ca.pem"), filepath.Join(folder, "password"), make(chan []string, 100)}
	os.WriteFile(s.authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	os.WriteFile(s.password, []byte("hush\n"), 0o600)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			reader := bufio.NewReader(c)
			for len(answers) > 0 {
				command, err := readCommand(reader)
				if err != nil {
					break
				}
				s.received <- command
				answer := answers[0]
				answers = answers[1:]
				if answer == "" {
					break
				}
				io.WriteString(c, answer+"\r\n")
			}
			c.Close()
		}
	}()
	return s
}

func readCommand(reader *bufio.Reader) ([]string, error) {
	count, err := readNumber(reader, '*')
	parts := make([]string, 0, count)
	for i := 0; i < count && err == nil; i++ {
		var length int
		length, err = readNumber(reader, '$')
		part := make([]byte, length+2)
		_, _ = io.ReadFull(reader, part)
		parts = append(parts, string(part[:length]))
	}
	return parts, err
}

func readNumber(reader *bufio.Reader, prefix byte) (int, error) {
	line, err := reader.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, string(prefix))))
}

func ask(t *testing.T, s *server, name string, requests int, times int) []int {
	t.Helper()
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	config := &Config{Requests: requests, Seconds: 60, Redis: s.address, Authority: s.authority, Password: s.password}
	middleware, err := New(t.Context(), next, config, name)
	if err != nil {
		t.Fatal(err)
	}
	codes := []int{}
	for range times {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.RemoteAddr = "192.0.2.1:1234"
		recorder := httptest.NewRecorder()
		middleware.ServeHTTP(recorder, request)
		codes = append(codes, recorder.Code)
	}
	return codes
}

func TestRedisDecidesForAllCopies(t *testing.T) {
	s := serve(t, "+OK", ":0", ":1500")
	if codes := ask(t, s, t.Name(), 100, 2); codes[0] != 200 || codes[1] != 429 {
		t.Fatalf("got %v", codes)
	}
	if auth := <-s.received; strings.Join(auth, " ") != "AUTH hush" {
		t.Fatalf("got %v", auth)
	}
	command := <-s.received
	if command[0] != "EVAL" || command[4] != "100" || command[5] != "60" {
		t.Fatalf("got %v", command)
	}
	if key := command[3]; !strings.HasPrefix(key, "ratelimit:"+t.Name()+":") || strings.Contains(key, "192.0.2.1") {
		t.Fatalf("the key %s shows the client", key)
	}
}

func TestWithoutRedisEachCopyCountsForItself(t *testing.T) {
	for name, answers := range map[string][]string{
		"refused":   {"-WRONGPASS invalid"},
		"cut off":   {"+OK", ""},
		"read only": {"+OK", "-READONLY You can't write against a read only replica."},
	} {
		if codes := ask(t, serve(t, answers...), t.Name()+name, 2, 3); codes[0] != 200 || codes[1] != 200 || codes[2] != 429 {
			t.Fatalf("%s: got %v", name, codes)
		}
	}
}

func TestMissingFilesAreAnErrorAtTheStart(t *testing.T) {
	config := &Config{Requests: 1, Seconds: 1, Redis: "127.0.0.1:1", Authority: "/nowhere", Password: "/nowhere"}
	if _, err := New(t.Context(), http.NotFoundHandler(), config, t.Name()); err == nil {
		t.Fatal("no error")
	}
}
