using System.Runtime.InteropServices;
using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>Collects the terminal frames of one read and reports them together. Not thread-safe.</summary>
internal sealed class ReplyFrames(ISentCalls calls, IWorkerEvents events)
{
    private const int Many = 8;
    private readonly List<WorkerReply> _replies = [];

    /// <summary>The number of collected replies.</summary>
    public int Count => _replies.Count;

    /// <summary>The run time of the last reply's tool in ns.</summary>
    public long LastRun => _replies[^1].RunNanoseconds;

    /// <summary>Takes a frame from the channel.</summary>
    /// <exception cref="ProtocolException">The frame is invalid.</exception>
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

    /// <summary>Takes the replies from the page that the channel has not brought, and reports them. Ignores invalid data.</summary>
    public void TellStaged(Scoreboard board, bool exited)
    {
        var staged = new FrameReader(Protocol.PageRepliesSize);
        try
        {
            staged.Advance(board.CopyReplies(staged.FreeSpace, exited));
            while (staged.TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body))
            {
                if (header.BelongsToCall)
                {
                    calls.FindSink(header)?.OnFrame(calls, header, extension, body, isStaged: true);
                    continue;
                }
                if (!exited && calls.FindSink(header) is UnaryCall { Stream: not null })
                {
                    continue; // items before this end may still be in the channel
                }
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

    /// <summary>Reports the collected replies.</summary>
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
