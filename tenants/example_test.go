package tenants_test

import (
	"context"
	"fmt"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantstest"
)

func Example() {
	ctx := context.Background()
	box, _ := secret.NewBox(secret.NewKey())
	service := tenants.NewService(tenantstest.NewStore(), box, tenants.Options{})
	by := audit.Actor{Name: "ada"}

	bank, _ := service.CreateTenant(ctx, by, tenants.NewTenant{Name: "harborbank"})
	cards, _ := service.CreateSolution(ctx, by, bank.ID, tenants.NewSolution{Name: "cards"})
	groups, _ := service.ServerGroups(ctx, bank.ID, cards.Name, paging.Request{})

	fmt.Println(cards.Name, cards.Provisioning.State)
	fmt.Println(groups.Items[0].Name, groups.Items[0].Kind)
	// Output:
	// cards requested
	// production production
}
