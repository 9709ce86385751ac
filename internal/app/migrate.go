package app

import "github.com/waymarkhq/waymark/internal/store"

type migrateCommand struct{}

// Run brings the database up to date.
func (migrateCommand) Run(c *command) error {
	applied, err := store.Migrate(c.ctx, storeOptions(c.config, c.log))
	for _, name := range applied {
		c.printf("applied %s\n", name)
	}
	if err == nil && len(applied) == 0 {
		c.printf("the database is up to date\n")
	}
	return err
}
