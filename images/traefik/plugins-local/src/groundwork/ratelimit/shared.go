package ratelimit

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// Longest that a request waits for the count before it is counted here alone.
	patience = 250 * time.Millisecond
	// How long nobody is asked after a failure: a dead server must not slow down every request.
	pause = time.Second
	// Connections kept open.
	spare = 8
)

// One run counts a request and answers 0, or the milliseconds until the client may come again. The clock is the server's.
const script = `local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local window = ARGV[2] * 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('ZADD', KEYS[1], now, t[1] .. '-' .. t[2])
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  return 0
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.ceil((first[2] + window - now) / 1000)`

// store is the Redis server at which all copies of the proxy count together.
type store struct {
	address  string
	password string
	settings *tls.Config
	idle     chan *connection

	mutex sync.Mutex
	until time.Time
}

// One store per Redis server.
var stores = map[string]*store{}

type connection struct {
	net.Conn
	reader *bufio.Reader
}

// openStore reads the files; the first connection is made by the first request.
func openStore(address, authorityFile, passwordFile string) (*store, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(authorityFile)
	if err != nil {
		return nil, err
	}
	password, err := os.ReadFile(passwordFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s: holds no certificate", authorityFile)
	}
	return &store{
		address:  address,
		password: strings.TrimSpace(string(password)),
		settings: &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS13},
		idle:     make(chan *connection, spare),
	}, nil
}

// take counts a request of client under the limit called name, for all copies. An error means that nobody counted it.
func (s *store) take(name, client string, requests int, period time.Duration) (time.Duration, error) {
	s.mutex.Lock()
	paused := time.Now().Before(s.until)
	s.mutex.Unlock()
	if paused {
		return 0, errors.New("paused after a failure")
	}
	answer, err := s.ask("EVAL", script, "1", s.key(name, client), strconv.Itoa(requests), strconv.Itoa(int(period/time.Second)))
	if err != nil {
		s.mutex.Lock()
		s.until = time.Now().Add(pause)
		s.mutex.Unlock()
		return 0, err
	}
	milliseconds, err := strconv.ParseInt(strings.TrimPrefix(answer, ":"), 10, 64)
	return time.Duration(milliseconds) * time.Millisecond, err
}

// key does not show the client's address to who reads the server's keys or its file.
func (s *store) key(name, client string) string {
	sum := sha256.Sum256([]byte(s.password + client))
	return "ratelimit:" + name + ":" + hex.EncodeToString(sum[:12])
}

func (s *store) ask(command ...string) (string, error) {
	c, err := s.connect()
	if err != nil {
		return "", err
	}
	answer, err := c.ask(command...)
	if err != nil {
		c.Close()
		return "", err
	}
	select {
	case s.idle <- c:
	default:
		c.Close()
	}
	return answer, nil
}

func (s *store) connect() (*connection, error) {
	select {
	case c := <-s.idle:
		return c, nil
	default:
	}
	dialer := &net.Dialer{Timeout: patience}
	raw, err := tls.DialWithDialer(dialer, "tcp", s.address, s.settings)
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: raw, reader: bufio.NewReader(raw)}
	if _, err := c.ask("AUTH", s.password); err != nil {
		raw.Close()
		return nil, err
	}
	return c, nil
}

// ask sends one command and reads a one-line answer; an error answer is an error.
func (c *connection) ask(command ...string) (string, error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	var request strings.Builder
	fmt.Fprintf(&request, "*%d\r\n", len(command))
	for _, part := range command {
		fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(part), part)
	}
	if _, err := c.Write([]byte(request.String())); err != nil {
		return "", err
	}
	line, err := c.reader.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if strings.HasPrefix(line, "-") {
		return "", errors.New(strings.TrimPrefix(line, "-"))
	}
	return line, nil
}
