namespace Snakepit;

/// <summary>Specifies what the start of a runtime waits for.</summary>
public enum StartPolicy
{
    /// <summary>The start waits until every pool has <see cref="PoolOptions.MinReady"/> workers. The first pool that cannot start fails the start.
    /// This is the default.</summary>
    AllReady,

    /// <summary>The start waits until one pool has <see cref="PoolOptions.MinReady"/> workers, and fails when every pool has failed. The other pools
    /// keep trying.</summary>
    AnyReady,

    /// <summary>The start waits for nothing. Workers start while the application runs, also later if an interpreter or an adapter file is missing at
    /// first.</summary>
    Background,

    /// <summary>The start waits until the first worker of every pool is ready or has failed. What cannot recover by itself fails the start: an interpreter, or an
    /// adapter's file, module or class, that does not exist, and an adapter that cannot be imported. After any other failure the pool keeps trying while the
    /// application runs. This is the default under AddSnakepit.</summary>
    Checked,
}
