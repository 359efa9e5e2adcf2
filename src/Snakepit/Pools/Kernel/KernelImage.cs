using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// A kernel's whole state as plain numbers, to be written and to be read back. A state class has one method for both, <c>Exchange</c>: each of its lines
/// hands a value in and takes it back, the same when saving, what was saved when loading. So the two cannot get out of step.
/// </summary>
internal sealed class KernelImage
{
    private readonly Dictionary<WorkerKey, WorkerNode> _loaded = [];
    private long[] _words = [];
    private int _length;
    private int _next;

    /// <summary>The numbers saved.</summary>
    public ReadOnlySpan<long> Words => _words.AsSpan(0, _length);

    public bool IsLoading { get; private set; }

    /// <summary>Takes the state of a kernel, over what was there before.</summary>
    public void Save(PoolKernel kernel)
    {
        IsLoading = false;
        _length = 0;
        kernel.Exchange(this);
    }

    /// <summary>A kernel in the state that the numbers tell, which are those of a kernel with the same plan.</summary>
    /// <exception cref="ArgumentException">They are not: too few, too many, or of another kernel.</exception>
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

    /// <summary>A number, a truth, an enum or a key: whatever fits into 64 bits.</summary>
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

    /// <summary>A mention of a worker whose place is elsewhere.</summary>
    public WorkerNode? OfMention(WorkerNode? worker)
    {
        WorkerKey key = Of(worker?.Key ?? default);
        return !IsLoading ? worker : key.IsNone ? null : _loaded[key];
    }

    /// <summary>A worker at its own place. Its state is exchanged when all workers are known: they mention one another.</summary>
    public WorkerNode? OfPlace(WorkerNode? worker, SlotNode slot)
    {
        WorkerKey key = Of(worker?.Key ?? default);
        long launchedAt = Of(worker?.Times.LaunchedAt ?? 0);
        return !IsLoading ? worker : key.IsNone ? null : _loaded[key] = new WorkerNode(slot, key, launchedAt);
    }
}
