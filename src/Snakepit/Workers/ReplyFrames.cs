using System.Runtime.InteropServices;
using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>Terminal frames as they become what is told of calls: those of one read together. Not safe for threads.</summary>
internal sealed class ReplyFrames(ISentCalls calls, IWorkerEvents events)
{
    private const int Many = 8;
    private readonly List<WorkerReply> _replies = [];

    /// <summary>How many replies are there to tell.</summary>
    public int Count => _replies.Count;

    /// <summary>How long the tool of the last one ran, in ns.</summary>
    public long LastRun => _replies[^1].RunNanoseconds;

    /// <summary>Takes a frame that the channel has brought.</summary>
    /// <exception cref="ProtocolException">It cannot be.</exception>
    public void Take(in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body)
    {
        switch (calls.End(header, out CallKey call))
        {
            case Ending.Reply:
                Add(call, header, extension, body);
                break;
            case Ending.Recalled:
                events.OnRecalled(call);
                break;
        }
    }

    /// <summary>Takes what stands on the page and the channel has not brought, and tells it. Nonsense there is no news.</summary>
    public void TellStaged(Scoreboard board, bool exited)
    {
        var staged = new FrameReader(Protocol.PageRepliesSize);
        try
        {
            staged.Advance(board.CopyReplies(staged.FreeSpace, exited));
            while (staged.TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body))
            {
                if (!header.EndsCall || !calls.TryEnd(header, out CallKey call))
                {
                    continue;
                }
                if (header.Type == FrameType.Skipped)
                {
                    events.OnRecalled(call);
                }
                else
                {
                    Add(call, header, extension, body);
                }
            }
        }
        catch (ProtocolException)
        {
        }
        finally
        {
            Tell();
            staged.Release();
        }
    }

    /// <summary>Tells the replies that were taken.</summary>
    public void Tell()
    {
        if (_replies.Count == 0)
        {
            return;
        }
        bool areMany = _replies.Count >= Many;
        if (areMany)
        {
            calls.AnnounceFlush();
        }
        events.OnReplies(CollectionsMarshal.AsSpan(_replies));
        _replies.Clear();
        if (areMany)
        {
            calls.FlushAfter();
        }
    }

    private void Add(CallKey call, in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body) =>
        _replies.Add(new WorkerReply(
            call,
            header.Type == FrameType.Error ? ReplyKind.Error : ReplyKind.Result,
            ReplyBody.Copy(body, header.Format),
            FrameHeader.ReadRunTime(extension)));
}
