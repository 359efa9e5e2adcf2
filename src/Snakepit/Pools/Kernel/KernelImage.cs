using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// A kernel's whole state as plain numbers, to be saved and loaded. A state class has one method for both, <c>Exchange</c>. Each of its
/// lines passes a value and takes it back: the same value when saving, the saved value when loading. So the two cannot get out of step.
/// </summary>
internal sealed class KernelImage
{
    private readonly Dictionary<WorkerKey, WorkerNode> _loaded = [];
    private long[] _words = [];
    private int _length;
    private int _next;

    /// <summary>The saved numbers.</summary>
    public ReadOnlySpan<long> Words => _words.AsSpan(0, _length);

    public bool IsLoading { get; private set; }

    /// <summary>Saves the state of a kernel, in place of the previous one.</summary>
    public void Save(PoolKernel kernel)
    {
        IsLoading = false;
        _length = 0;
        kernel.Exchange(this);
    }

    /// <summary>Saves the state of a kernel's parts, in place of the previous one.</summary>
    public void Save(KernelParts parts)
    {
        IsLoading = false;
        _length = 0;
        parts.Exchange(this);
    }

    /// <summary>Loads the saved state into new parts, whose plan may be another one.</summary>
    public void LoadInto(KernelParts parts)
    {
        IsLoading = true;
        _next = 0;
        parts.Exchange(this);
    }

    /// <summary>Creates a kernel with the saved state, which must be that of a kernel with the same plan.</summary>
    /// <exception cref="ArgumentException">The numbers are too few, too many, or those of another kernel.</exception>
    public static PoolKernel Load(long[] words, PoolPlan plan)
    {
        var kernel = new PoolKernel(plan, seed: 0);
        var image = new KernelImage { _words = words, _length = words.Length, IsLoading = true };
        try
        {
            kernel.Exchange(image);
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentOutOfRangeException or KeyNotFoundException or OverflowException)
        {
            throw new ArgumentException("The image is not one of such a kernel.", nameof(words), e);
        }
        return image._next == words.Length ? kernel
            : throw new ArgumentException("The image holds more than such a kernel.", nameof(words));
    }

    /// <summary>Exchanges a number, a truth value, an enum or a key: any value of up to 64 bits.</summary>
    public T Of<T>(T value)
        where T : unmanaged
    {
        Debug.Assert(Unsafe.SizeOf<T>() <= sizeof(long), "one number for each value");
        if (IsLoading)
        {
            long saved = _words[_next++];
            return Unsafe.As<long, T>(ref saved);
        }
        long word = 0;
        Unsafe.As<long, T>(ref word) = value;
        if (_length == _words.Length)
        {
            Array.Resize(ref _words, Math.Max(256, _words.Length * 2));
        }
        _words[_length++] = word;
        return value;
    }

    /// <summary>Exchanges a reference to a worker that is exchanged elsewhere.</summary>
    public WorkerNode? OfMention(WorkerNode? worker)
    {
        WorkerKey key = Of(worker?.Key ?? default);
        return !IsLoading ? worker : key.IsNone ? null : _loaded[key];
    }

    /// <summary>
    /// Exchanges a worker at its own place. Its state is exchanged when all workers are known, because they refer to one another.
    /// </summary>
    public WorkerNode? OfPlace(WorkerNode? worker, SlotNode slot)
    {
        WorkerKey key = Of(worker?.Key ?? default);
        long launchedAt = Of(worker?.Times.LaunchedAt ?? 0);
        return !IsLoading ? worker : key.IsNone ? null : _loaded[key] = new WorkerNode(slot, key, launchedAt);
    }
}
