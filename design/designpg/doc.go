// Package designpg keeps design objects in the control database.
package designpg
