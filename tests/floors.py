"""The floors of the house: for each folder its parts, from the lowest floor to the highest.

A part imports from the floors below its own, and from nothing beside or above it; so there are no
circles, neither between folders nor inside them.
"""

FLOORS = {
    "autograd_core": [
        "errors",
        "primitives",
        "engine",
        "drawing elementwise functions linear_algebra pytree",
        "derivative loops math sparse tables",
        "compiler support transforms",
        "checking solvers",
        "__init__",
    ],
    "autograd_core.checking": [
        "__init__ differences",
        "staircases verdicts",
        "check_gradients",
    ],
    "autograd_core.compiler": [
        "__init__ ir",
        "passes",
        "tensorize",
        "backends",
        "pipeline",
        "calling",
        "api batch_gradient",
    ],
    "autograd_core.compiler.backends": [
        "__init__ base naming rerolling",
        "expressions",
        "native numpy source",
        "python",
    ],
    "autograd_core.compiler.backends.native": [
        "__init__ build",
        "library",
    ],
    "autograd_core.compiler.backends.numpy": [
        "__init__ views",
        "emit",
        "kernel",
        "memory",
        "backend",
    ],
    "autograd_core.compiler.calling": [
        "__init__ batched compiled_methods fast_path static",
        "calls",
        "paths values",
    ],
    "autograd_core.compiler.ir": [
        "__init__ program searches",
        "random_draws trace",
    ],
    "autograd_core.compiler.passes": [
        "dead_code rewrites siblings",
        "common_subexpressions decompose shares",
        "simplify",
        "__init__",
    ],
    "autograd_core.compiler.tensorize": [
        "loop_nests sums",
        "completion scaling stencils",
        "candidates",
        "matmul",
        "groups",
        "buffer_reuse",
        "memory_planning",
        "lowering",
        "__init__",
    ],
    "autograd_core.drawing": [
        "render",
        "graph",
        "explain layers neurons scalars",
        "picture",
        "levels",
        "explorer",
        "__init__",
    ],
    "autograd_core.drawing.explorer": [
        "__init__ widget",
        "stepper",
    ],
    "autograd_core.drawing.graph": [
        "__init__ replay saturation stale walk",
        "alarms grouping",
        "layering",
    ],
    "autograd_core.drawing.layers": [
        "__init__ crossings model",
        "data dot",
    ],
    "autograd_core.drawing.neurons": [
        "__init__ model units",
        "dot inputs",
        "data",
    ],
    "autograd_core.drawing.render": [
        "__init__ content graphviz_program notation theme",
        "formulas html timeline",
        "animation canvas local svg",
    ],
    "autograd_core.drawing.scalars": [
        "__init__ model selection",
        "data dot",
    ],
    "autograd_core.engine": [
        "__init__ decorators forks function_methods node_pool references source_location",
        "context gc_pause methods",
        "reads",
        "conditions",
        "node",
        "anomalies number traversal",
        "kinks pickling trackers",
        "lost_gradients",
        "sweeps",
        "value",
        "matrix",
    ],
    "autograd_core.primitives": [
        "decompositions ieee primitive products",
        "arithmetic comparisons matrices special",
        "elementary gamma tables",
        "activations reductions",
        "cholesky public",
        "__init__ rules",
    ],
    "autograd_core.pytree": [
        "__init__ objects",
        "core",
        "tangents",
    ],
    "autograd_core.solvers": [
        "__init__ implicit searches",
        "equations integrals odes",
    ],
    "nn": [
        "data requirements",
        "losses schedules",
        "modules optimizers",
        "files minimization",
        "training",
        "__init__ estimators plots tabular",
        "cli",
        "__main__",
    ],
    "nn.cli": [
        "__init__ console examples options",
        "job predict",
        "digits_job table_job",
    ],
    "nn.data": [
        "__init__ samples",
        "datasets",
    ],
    "nn.files": [
        "__init__ documents locks",
        "serialization",
    ],
    "nn.modules": [
        "__init__ activations initializers",
        "module",
        "networks",
        "convolution dropout",
    ],
    "nn.plots": [
        "planes recorder style",
        "activation boundary curves differences field layers surface",
        "__init__",
    ],
    "nn.tabular": [
        "__init__ csvfile",
        "table",
        "tablemodel",
    ],
    "nn.training": [
        "__init__ claims history interrupts predictions progress",
        "callbacks steps",
        "checkpoints evaluation",
        "checks diagnosis",
        "loop",
        "fit",
    ],
}
