namespace Snakepit.Pools.Kernel;

internal enum SessionPhase : byte
{
    /// <summary>The session takes calls.</summary>
    Open,

    /// <summary>The session takes no more calls, and is forgotten when those that it has are over.</summary>
    Ending,

    /// <summary>The session has lost its worker. The next call is told so.</summary>
    Lost,

    /// <summary>The session has lost its worker, and a caller knows. It is forgotten when its calls are over.</summary>
    LossTold,
}
