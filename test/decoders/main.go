// Reads what Lynceus writes for others, with the others' own code, and prints what is in it as JSON:
//
//	decoders pprof FILE    google/pprof: every sample, root first
//	decoders otlp FILE     the collector's own decoder of requests, as it prints OTLP in JSON; FILE.again is how it writes them
//	decoders labels NAME   Pyroscope's parser of name{key=value,...}
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/google/pprof/profile"
	"github.com/grafana/pyroscope/api/model/labelset"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/pprofile/pprofileotlp"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: decoders pprof|otlp|labels WHAT"))
	}
	switch os.Args[1] {
	case "pprof":
		show(readPprof(os.Args[2]))
	case "otlp":
		show(readOtlp(os.Args[2]))
	case "labels":
		labels, err := labelset.Parse(os.Args[2])
		if err == nil {
			err = labelset.ValidateLabelSet(labels)
		}
		if err != nil {
			fail(err)
		}
		show(labels.Labels(), nil)
	}
}

type sample struct {
	Values    []int64             `json:"values"`
	Stack     []string            `json:"stack"`
	Labels    map[string][]string `json:"labels"`
	NumLabels map[string][]int64  `json:"numLabels"`
}

func readPprof(path string) (any, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p, err := profile.Parse(file)
	if err != nil {
		return nil, err
	}
	if err := p.CheckValid(); err != nil {
		return nil, err
	}
	samples := []sample{}
	for _, s := range p.Sample {
		stack := []string{}
		for at := len(s.Location) - 1; at >= 0; at-- {
			for _, line := range s.Location[at].Line {
				stack = append(stack, fmt.Sprintf("%s|%s|%d|%d", line.Function.Name, line.Function.Filename, line.Line, line.Column))
			}
		}
		samples = append(samples, sample{s.Value, stack, s.Label, s.NumLabel})
	}
	types := []string{}
	for _, t := range p.SampleType {
		types = append(types, t.Type+"/"+t.Unit)
	}
	return map[string]any{
		"types": types, "samples": samples, "default": p.DefaultSampleType, "period": p.Period, "periodType": p.PeriodType.Type + "/" + p.PeriodType.Unit,
		"time": p.TimeNanos, "duration": p.DurationNanos, "comments": p.Comments,
	}, nil
}

func readOtlp(path string) (any, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	request := pprofileotlp.NewExportRequest()
	if err := request.UnmarshalProto(bytes); err != nil {
		return nil, err
	}
	again, err := (&pprofile.ProtoMarshaler{}).MarshalProfiles(request.Profiles())
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path+".again", again, 0o600); err != nil {
		return nil, err
	}
	text, err := (&pprofile.JSONMarshaler{}).MarshalProfiles(request.Profiles())
	return json.RawMessage(text), err
}

func show(value any, err error) {
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
