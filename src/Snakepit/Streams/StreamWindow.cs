using Snakepit.Frames;

namespace Snakepit.Streams;

/// <summary>
/// Counts the items of one stream, and decides how many more the worker may send. The window grows while the caller waits for items and the
/// worker for credit, and shrinks to what a slow caller takes in a moment. Not thread-safe.
/// </summary>
/// <param name="ahead">The time for which a slow caller finds items ready, in units of the clock.</param>
internal struct StreamWindow(long ahead)
{
    /// <summary>The first window: small, because an early end wastes what is under way.</summary>
    public const int First = 16;

    private long _size = First;
    private long _grantedAt;
    private long _takenAtGrant;
    private bool _cameLate; // the worker had no credit left at the last grant

    /// <summary>The number of items that the worker may have sent in all.</summary>
    public long Items { get; private set; } = First;

    /// <summary>The number of bytes that the worker may have begun to exceed.</summary>
    public long Bytes { get; private set; } = Protocol.StreamBytes;

    /// <summary>The number of items that have arrived.</summary>
    public long Received { get; private set; }

    public long ReceivedBytes { get; private set; }

    /// <summary>The number of items that the caller has taken.</summary>
    public long Taken { get; private set; }

    public long TakenBytes { get; private set; }

    /// <summary>The number of items that may be under way between worker and caller.</summary>
    public readonly long Size => _size;

    /// <summary>Counts an item that has arrived.</summary>
    /// <returns>False when the worker had no credit for it.</returns>
    public bool TryReceive(int bytes)
    {
        if (Received >= Items || ReceivedBytes >= Bytes)
        {
            return false;
        }
        Received++;
        ReceivedBytes += bytes;
        return true;
    }

    /// <summary>Counts an item that the caller has taken.</summary>
    /// <returns>Whether the worker must be told of more credit.</returns>
    public bool Take(int bytes, long now)
    {
        Taken++;
        TakenBytes += bytes;
        if (_cameLate && Taken == Received)
        {
            _cameLate = false;
            _size = Math.Min(_size * 2, Protocol.MaxWindow); // the caller waits for items that the worker could have sent
        }
        long due = Math.Max(1, _size / 2);
        if (Taken + _size - Items < due && TakenBytes + Protocol.StreamBytes - Bytes < Protocol.StreamBytes / 2)
        {
            return false;
        }
        if (_grantedAt != 0 && Taken < Received)
        {
            long each = Math.Max(1, (now - _grantedAt) / Math.Max(1, Taken - _takenAtGrant));
            _size = Math.Clamp(ahead / each, Math.Max(1, _size / 2), _size);
        }
        _cameLate = Received == Items;
        _grantedAt = now;
        _takenAtGrant = Taken;
        long items = Math.Max(Items, Taken + _size);
        bool isMore = items > Items || TakenBytes + Protocol.StreamBytes > Bytes;
        Items = items;
        Bytes = TakenBytes + Protocol.StreamBytes;
        return isMore;
    }
}
