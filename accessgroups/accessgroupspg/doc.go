// Package accessgroupspg keeps access groups and the policy in the control database. It implements
// accessgroups.Store on sqlx.
package accessgroupspg
