package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/switchyard/switchyard/client"
)

// bareOffersCommand has this program serve an answer in place of measuring.
const bareOffersCommand = "serve-bare-offers"

// serveBareOffers is the limit of offersHTTP: a handler that decodes the request
// and encodes an answer of the same content, and nothing else. It prints its
// address and serves until standard input ends.
func serveBareOffers(in io.Reader, out io.Writer) error {
	var answer client.RuntimeAnswer
	decoder := json.NewDecoder(in)
	if err := decoder.Decode(&answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Post("/v1/sessions/:session/offers", func(c *fiber.Ctx) error {
		var wanted client.GetOffers
		if err := c.BodyParser(&wanted); err != nil {
			return err
		}
		own := answer
		own.SessionID = c.Params("session")
		return c.JSON(own)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // until standard input ends
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, decoder.Buffered())
		_, _ = io.Copy(io.Discard, in)
		_ = app.ShutdownWithTimeout(time.Second)
	}()
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return err
	}
	return app.Listener(listener)
}

// bareOffers is such a process.
type bareOffers struct {
	address string
	pid     int
	end     func() error
}

func startBareOffers(ctx context.Context, answer client.RuntimeAnswer) (*bareOffers, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, executable, bareOffersCommand)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the bare server: %w", err)
	}
	b := &bareOffers{pid: cmd.Process.Pid, end: func() error {
		_ = in.Close()
		return cmd.Wait()
	}}
	if err := json.NewEncoder(in).Encode(answer); err != nil {
		return nil, err
	}
	line := make([]byte, 64)
	n, err := out.Read(line)
	if err != nil {
		return nil, fmt.Errorf("start the bare server: %w", err)
	}
	b.address = strings.TrimSpace(string(line[:n]))
	return b, nil
}
