// Admits pods by the policies that `kueueleuleu policy` writes, with the admission plugins of the Kubernetes API server itself:
// their CEL environment, type checks, cost limits, JSON Patch, matching and reinvocation. There is no etcd and no HTTP.
//
// It speaks the protocol of ../admit.py: one JSON object a line in, one a line out. A line without `policies` comes back as the
// API's types write it. scripts/apiserver-admission builds this program.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/conversion"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/initializer"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/client-go/discovery"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/openapi"
	"k8s.io/client-go/openapi/openapitest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/component-base/compatibility"
)

type question struct {
	Policies  []json.RawMessage `json:"policies"`
	Object    json.RawMessage   `json:"object"`
	OldObject json.RawMessage   `json:"oldObject"`
	Operation string            `json:"operation"`
	Resource  string            `json:"resource"`
	Namespace map[string]string `json:"namespace"`
}

type answer struct {
	Object   runtime.Object `json:"object"`
	Mutated  bool           `json:"mutated"`
	Denied   []string       `json:"denied"`
	Warnings []string       `json:"warnings"`
}

func main() {
	// The fake client sends no bookmarks, which a list by watch would wait for.
	must(os.Setenv("KUBE_FEATURE_WatchListClient", "false"))
	servers := map[string]*server{}
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		q := question{Operation: "CREATE", Resource: "pods"}
		must(json.Unmarshal(line, &q))
		var text []byte
		if len(q.Policies) == 0 {
			text, err = json.Marshal(decode(q.Object))
		} else {
			text, err = json.Marshal(admit(servers, &q))
		}
		must(err)
		fmt.Println(string(text))
	}
}

func admit(servers map[string]*server, q *question) answer {
	object, old := decode(q.Object), decode(q.OldObject)
	accessor, err := meta.Accessor(object)
	must(err)
	// As the API server does for a request without a namespace.
	if accessor.GetNamespace() == "" {
		accessor.SetNamespace("default")
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: accessor.GetNamespace(), Labels: q.Namespace}}
	key, err := json.Marshal([]any{q.Policies, namespace})
	must(err)
	if servers[string(key)] == nil {
		servers[string(key)] = newServer(q.Policies, namespace)
	}
	return servers[string(key)].admit(q, object, old)
}

// The part of an API server that admits objects, with its policies.
type server struct {
	mutating   *mutating.Plugin
	validating *validating.Plugin
}

func newServer(policies []json.RawMessage, namespace *corev1.Namespace) *server {
	objects := []runtime.Object{namespace}
	for _, text := range policies {
		objects = append(objects, policy(text))
	}
	native := client{fake.NewSimpleClientset(objects...)}
	factory := informers.NewSharedInformerFactory(native, 0)
	mapper := meta.NewDefaultRESTMapper(nil)
	for kind, version := range map[string]schema.GroupVersion{
		"Pod": corev1.SchemeGroupVersion, "Job": batchv1.SchemeGroupVersion, "CronJob": batchv1.SchemeGroupVersion,
	} {
		mapper.Add(version.WithKind(kind), meta.RESTScopeNamespace)
	}
	stop := make(chan struct{})
	initialize := initializer.New(native, dynamicfake.NewSimpleDynamicClient(types), factory, allow{},
		utilfeature.DefaultFeatureGate, compatibility.NewEffectiveVersionFromString("1.36", "", ""), stop, mapper)
	m, err := mutating.NewPlugin(nil)
	must(err)
	v, err := validating.NewPlugin(nil)
	must(err)
	initialize.Initialize(m)
	initialize.Initialize(v)
	m.SetEnabled(true)
	must(m.ValidateInitialization())
	must(v.ValidateInitialization())
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	if !cache.WaitForCacheSync(stop, m.WaitForReady, v.WaitForReady) {
		panic("the policies were not read")
	}
	return &server{m, v}
}

func (s *server) admit(q *question, object, old runtime.Object) answer {
	before := object.DeepCopyObject()
	kind := object.GetObjectKind().GroupVersionKind()
	accessor, err := meta.Accessor(object)
	must(err)
	resource, subresource, _ := strings.Cut(q.Resource, "/")
	attributes := admission.NewAttributesRecord(object, old, kind, accessor.GetNamespace(), accessor.GetName(),
		kind.GroupVersion().WithResource(resource), subresource, admission.Operation(q.Operation), nil, false,
		&user.DefaultInfo{Name: "user"})
	interfaces := admission.NewObjectInterfacesFromScheme(types)
	warnings := &recorder{texts: []string{}}
	ctx := warning.WithWarningRecorder(context.Background(), warnings)
	err = s.mutating.Admit(ctx, attributes, interfaces)
	if again := attributes.GetReinvocationContext(); err == nil && again.ShouldReinvoke() {
		again.SetIsReinvoke()
		err = s.mutating.Admit(ctx, attributes, interfaces)
	}
	if err == nil {
		err = s.validating.Validate(ctx, attributes, interfaces)
	}
	denied := []string{}
	if err != nil {
		denied = append(denied, err.Error())
	}
	return answer{attributes.GetObject(), !reflect.DeepEqual(before, attributes.GetObject()), denied, warnings.texts}
}

// Kubernetes' types, each convertible to itself, as the plugins ask.
var types = func() *runtime.Scheme {
	types := runtime.NewScheme()
	must(scheme.AddToScheme(types))
	same[corev1.Pod](types, (*corev1.Pod).DeepCopyInto)
	same[batchv1.Job](types, (*batchv1.Job).DeepCopyInto)
	same[batchv1.CronJob](types, (*batchv1.CronJob).DeepCopyInto)
	return types
}()

func same[T any](types *runtime.Scheme, copy func(from, to *T)) {
	must(types.AddConversionFunc((*T)(nil), (*T)(nil), func(from, to any, _ conversion.Scope) error {
		copy(from.(*T), to.(*T))
		return nil
	}))
}

func decode(text json.RawMessage) runtime.Object {
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	object := create(text)
	must(json.Unmarshal(text, object))
	return object
}

// A policy or a binding with the API server's defaults. A field that the API does not have is an error.
func policy(text json.RawMessage) runtime.Object {
	object := create(text)
	strict := json.NewDecoder(strings.NewReader(string(text)))
	strict.DisallowUnknownFields()
	must(strict.Decode(object))
	switch object := object.(type) {
	case *admissionv1.MutatingAdmissionPolicy:
		setDefaults(object.Spec.MatchConstraints)
	case *admissionv1.ValidatingAdmissionPolicy:
		setDefaults(object.Spec.MatchConstraints)
	case *admissionv1.MutatingAdmissionPolicyBinding:
		setDefaults(object.Spec.MatchResources)
	case *admissionv1.ValidatingAdmissionPolicyBinding:
		setDefaults(object.Spec.MatchResources)
	}
	return object
}

func create(text json.RawMessage) runtime.Object {
	var kind metav1.TypeMeta
	must(json.Unmarshal(text, &kind))
	object, err := types.New(kind.GroupVersionKind())
	must(err)
	return object
}

func setDefaults(match *admissionv1.MatchResources) {
	if match == nil {
		return
	}
	equivalent, all := admissionv1.Equivalent, admissionv1.AllScopes
	if match.MatchPolicy == nil {
		match.MatchPolicy = &equivalent
	}
	if match.NamespaceSelector == nil {
		match.NamespaceSelector = &metav1.LabelSelector{}
	}
	if match.ObjectSelector == nil {
		match.ObjectSelector = &metav1.LabelSelector{}
	}
	for at := range match.ResourceRules {
		if match.ResourceRules[at].Scope == nil {
			match.ResourceRules[at].Scope = &all
		}
	}
}

// A client whose server publishes the schemas that client-go carries.
type client struct{ kubernetes.Interface }

func (c client) Discovery() discovery.DiscoveryInterface { return schemas{c.Interface.Discovery()} }

type schemas struct{ discovery.DiscoveryInterface }

func (schemas) OpenAPIV3() openapi.Client { return openapitest.NewEmbeddedFileClient() }

type allow struct{}

func (allow) Authorize(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
	return authorizer.DecisionAllow, "", nil
}

type recorder struct{ texts []string }

func (r *recorder) AddWarning(_, text string) { r.texts = append(r.texts, text) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}
