using System.Numerics;

namespace Snakepit.Pools.Kernel;

/// <summary>The limits that a worker has reached without an effect so far.</summary>
internal struct ReachedLimits
{
    private uint _held; // a bit for each reason

    /// <summary>The reading after which its memory is judged; until then the worker gets no calls.</summary>
    public MemoryLook Look { get; set; }

    /// <summary>Whether the memory is back to normal, since a replacement was launched for it.</summary>
    public bool MemoryIsBack { get; set; }

    /// <summary>A reason that does not count before the worker has served its minimum lifetime.</summary>
    public readonly Reason Held => _held == 0 ? Reason.None : (Reason)BitOperations.TrailingZeroCount(_held);

    public void Hold(Reason reason) => _held |= 1u << (int)reason;

    public void Release(Reason reason) => _held &= ~(1u << (int)reason);

    public void Exchange(KernelImage image)
    {
        _held = image.Of(_held);
        Look = image.Of(Look);
        MemoryIsBack = image.Of(MemoryIsBack);
    }
}
