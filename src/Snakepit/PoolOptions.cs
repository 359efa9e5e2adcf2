using Polly;

namespace Snakepit;

/// <summary>Everything that can be set for one pool. Mutable until the pool starts, validated then, never read afterwards.</summary>
public sealed class PoolOptions
{
    /// <summary>Where the tools are: a Python file (<c>adapters/text.py</c>), a module (<c>acme.text</c>) or <c>module:Class</c>
    /// (also <c>file.py:Class</c>). Required. A relative file is looked up from the application's folder, then from the working directory.</summary>
    public string Adapter { get; set; } = "";

    /// <summary>How many workers the pool keeps. Default: the processor count. 1 to 10,000.</summary>
    public int Size { get; set; } = Environment.ProcessorCount;

    /// <summary>How many workers must be ready before the pool counts as started, and below which recycling never goes. Default 1; at most <see cref="Size"/>.</summary>
    public int MinReady { get; set; } = 1;

    /// <summary>How many more workers are kept ready without serving, so that a replacement is immediate. Default 0.</summary>
    public int Spares { get; set; }

    /// <summary>True: when the adapter's files change, all workers are replaced, one first to try the new code; if it cannot start, the old ones
    /// stay. Default false.</summary>
    public bool WatchAdapter { get; set; }

    /// <summary>How workers are started.</summary>
    public StartOptions Start { get; } = new();

    /// <summary>How many calls may wait, and for how long.</summary>
    public QueueOptions Queue { get; } = new();

    /// <summary>Limits of one call.</summary>
    public CallLimitOptions Call { get; } = new();

    /// <summary>Limits of a worker's start.</summary>
    public BootOptions Boot { get; } = new();

    /// <summary>When and how workers are replaced on purpose.</summary>
    public RecycleOptions Recycle { get; } = new();

    /// <summary>How much memory a worker may have.</summary>
    public MemoryOptions Memory { get; } = new();

    /// <summary>How the pool finds out that a worker is of no use any more.</summary>
    public HealthOptions Health { get; } = new();

    /// <summary>How fast failed starts are repeated.</summary>
    public RestartOptions Restart { get; } = new();

    /// <summary>How often calls that failed without fault of their own are made again.</summary>
    public RetryOptions Retry { get; } = new();

    /// <summary>When calls are refused because too many before them failed.</summary>
    public BreakerOptions Breaker { get; } = new();

    /// <summary>A Polly pipeline of your own around every call, in place of <see cref="Retry"/> and <see cref="Breaker"/>, which must then be left
    /// alone. <see cref="SnakepitException.IsTransient"/> says which failures it may repeat. Default null.</summary>
    public ResiliencePipeline? Pipeline { get; set; }

    /// <summary>What becomes of inputs that kill workers.</summary>
    public CrashOptions Crash { get; } = new();

    /// <summary>How workers and the pool are stopped.</summary>
    public StopOptions Stop { get; } = new();

    /// <summary>Which interpreter runs the workers, and in which environment.</summary>
    public PythonOptions Python { get; } = new();

    /// <summary>How values cross between .NET and Python.</summary>
    public ValueOptions Values { get; } = new();

    /// <summary>The means by which host and workers talk.</summary>
    public TransportOptions Transport { get; } = new();
}
