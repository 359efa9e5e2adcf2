namespace Snakepit.Pools.Kernel;

/// <summary>The reading of the memory of a worker that had too much.</summary>
internal enum MemoryLook : byte
{
    None,

    /// <summary>The reading is due when the worker's calls have ended.</summary>
    Wanted,

    /// <summary>The reading was requested.</summary>
    Asked,
}
