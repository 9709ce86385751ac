// Package collect takes events in and brings them into the database.
//
// The way in (http.go, payload.go): a payload is decoded, each event judged by the plan of its key's environment, and the
// record of them made durable on the bus; only then is the SDK answered. It works without the database: keys and plans are
// held in memory by the Planner, which every node keeps up with the catalog by itself.
//
// The way on (writer.go): one ordered reader of the stream folds repeats, stores samples and adds up counters, exactly
// once, in transactions that move the position with them.
//
// Collector and Planner are safe for concurrent use. A Planner's and a Writer's Run own all their goroutines.
package collect
