package graph

import (
	"context"

	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/graph/sibling"
)

// payload makes the payload of a mutation that made or changed a row.
func payload[T, P any, R row[T]](ctx context.Context, changed *T, err error, of func(*T) *P) (*P, error) {
	if err != nil {
		return nil, err
	}
	sibling.Register(ctx, R(changed))
	return of(changed), nil
}

// deleted makes the payload of a mutation that deleted a row.
func deleted(id string, err error) (*model.DeletePayload, error) {
	if err != nil {
		return nil, err
	}
	return &model.DeletePayload{DeletedID: id}, nil
}
