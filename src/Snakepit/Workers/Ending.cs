namespace Snakepit.Workers;

/// <summary>The meaning of a terminal frame for its call.</summary>
internal enum Ending : byte
{
    /// <summary>The frame is the call's reply.</summary>
    Reply,

    /// <summary>The worker has not run the call, because the host had recalled it.</summary>
    Recalled,

    /// <summary>The frame was expected, but the call has its outcome already.</summary>
    Ignore,
}
