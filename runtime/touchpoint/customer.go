package touchpoint

import (
	"context"

	"github.com/switchyard/switchyard/runtime/customer"
)

// Customers is what a server group keeps of customers; customer.Store has it.
type Customers interface {
	// Load gives all that is kept of a customer, by level and canonical key.
	Load(ctx context.Context, level, key string) (customer.Customer, error)
}

// noCustomers stands where a group keeps nothing of customers.
type noCustomers struct{}

func (noCustomers) Load(context.Context, string, string) (customer.Customer, error) {
	return customer.Customer{}, nil
}
