namespace Snakepit;

/// <summary>Specifies why the number of a pool's workers has followed its load.</summary>
public enum ScaleReason
{
    /// <summary>A call has waited for longer than <see cref="ScaleOptions.QueueDelay"/>.</summary>
    QueueDelay,

    /// <summary>The workers had hardly any time left.</summary>
    Busy,

    /// <summary>Fewer workers have been enough for <see cref="ScaleOptions.Patience"/>, or for as long as the pool has learned to
    /// wait.</summary>
    Idle,
}
