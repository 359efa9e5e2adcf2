namespace Snakepit;

/// <summary>Specifies what the start of a runtime waits for.</summary>
public enum StartPolicy
{
    /// <summary>The start waits until every pool has <see cref="PoolOptions.MinReady"/> workers. The first pool that cannot start fails the
    /// start. This is the default without AddSnakepit.</summary>
    AllReady,

    /// <summary>The start waits until one pool has <see cref="PoolOptions.MinReady"/> workers, and fails when every pool has failed. The
    /// other pools keep trying.</summary>
    AnyReady,

    /// <summary>The start waits for nothing. Workers start while the application runs. If an interpreter or an adapter file is missing at
    /// first, they start once it appears.</summary>
    Background,

    /// <summary>The start waits until the first worker of every pool is ready or has failed, so it takes up to
    /// <see cref="BootOptions.Timeout"/>. What cannot recover by itself fails the start: the interpreter does not exist, the adapter's
    /// file, module or class does not exist, the adapter has no tools, or its start raises an <c>ImportError</c> or a <c>SyntaxError</c>.
    /// After any other failure, the pool keeps trying while the application runs. This is the default under AddSnakepit.</summary>
    Checked,
}
