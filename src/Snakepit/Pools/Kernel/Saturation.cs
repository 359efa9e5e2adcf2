namespace Snakepit.Pools.Kernel;

/// <summary>Whether the queue is overfull, and whether calls wait in it in vain.</summary>
internal sealed class Saturation
{
    private bool _isTold;
    private int _reliefAt; // the length of the queue at which the next saturation is told again

    /// <summary>Calls have waited in vain since the queue was last empty.</summary>
    public bool IsShedding { get; set; }

    /// <summary>A call was turned away for the length of the queue.</summary>
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
    /// <param name="length">All calls that wait.</param>
    /// <param name="shared">Those of them that any worker may run.</param>
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
