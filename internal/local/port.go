package local

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// FreePort returns preferred when nothing listens on it on loopback, and else, or
// when preferred is 0, a port that is free. Another process may take the port
// before it is used: whoever listens on it must report that.
func FreePort(preferred int) (int, error) {
	port, err := tryPort(preferred)
	if err != nil && preferred != 0 && (errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES)) {
		port, err = tryPort(0)
	}
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return port, nil
}

func tryPort(port int) (int, error) {
	listener, err := net.Listen("tcp", loopback(port)) //nolint:noctx // does not block
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// loopback returns the address of a port on this machine.
func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
