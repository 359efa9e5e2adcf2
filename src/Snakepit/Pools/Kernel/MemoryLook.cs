namespace Snakepit.Pools.Kernel;

/// <summary>What is to be found out about the memory of a worker that had too much.</summary>
internal enum MemoryLook : byte
{
    None,

    /// <summary>It is to be looked at when the calls that the worker has are over.</summary>
    Wanted,

    /// <summary>The look is under way.</summary>
    Asked,
}
