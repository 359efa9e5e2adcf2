namespace Snakepit.Pools.Kernel;

/// <summary>Whether the queue is full, and whether calls time out in it.</summary>
internal sealed class Saturation
{
    private bool _isTold;
    private int _reliefAt; // the length below which the next saturation is reported again

    /// <summary>Whether calls have timed out in the queue since it was last empty.</summary>
    public bool IsShedding { get; set; }

    /// <summary>A call was rejected because of the queue's length.</summary>
    public void Report(int length, EffectList fx)
    {
        if (!_isTold)
        {
            _isTold = true;
            _reliefAt = length / 2;
            fx.Add(Effect.QueueSaturated(length));
        }
    }

    /// <summary>The queue has become shorter.</summary>
    /// <param name="length">The number of all waiting calls.</param>
    /// <param name="shared">The number of those that any worker may run.</param>
    public void NoteLength(int length, int shared)
    {
        _isTold = _isTold && length > _reliefAt;
        IsShedding = IsShedding && shared > 0;
    }

    public void Exchange(KernelImage image)
    {
        _isTold = image.Of(_isTold);
        _reliefAt = image.Of(_reliefAt);
        IsShedding = image.Of(IsShedding);
    }
}
