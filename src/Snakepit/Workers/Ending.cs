namespace Snakepit.Workers;

/// <summary>What a terminal frame means for its call.</summary>
internal enum Ending : byte
{
    /// <summary>It is the call's reply.</summary>
    Reply,

    /// <summary>The worker has not run the call: the host had taken it back.</summary>
    Recalled,

    /// <summary>It was expected, but the call has been dealt with before.</summary>
    Ignore,
}
