using System.Runtime.CompilerServices;

namespace Snakepit.Workers;

/// <summary>A thread that runs one <see cref="ReplyReader"/> after the other.</summary>
internal sealed class ReaderThread(ReaderThreads owner)
{
    private const int Stack = 256 * 1024;
    private const string IdleName = "Snakepit idle reader";

    private readonly object _gate = new(); // a monitor, because the thread waits on it
    private ReplyReader? _next;
    private string _name = "";
    private bool _ended;

    /// <summary>Starts the thread with its first reader.</summary>
    public void Start(ReplyReader reader, string name)
    {
        (_next, _name) = (reader, name);
        new Thread(Run, Stack) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>Makes the waiting thread run another reader.</summary>
    public void Run(ReplyReader reader, string name)
    {
        lock (_gate)
        {
            (_next, _name) = (reader, name);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the waiting thread.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (RunNext())
        {
            Thread.CurrentThread.Name = IdleName;
            if (!owner.Keep(this))
            {
                return;
            }
        }
    }

    /// <remarks>It is a separate method, so that an idle thread keeps no reference to a worker that has ended.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RunNext()
    {
        ReplyReader? reader = Take();
        reader?.Run();
        return reader is not null;
    }

    private ReplyReader? Take()
    {
        lock (_gate)
        {
            while (_next is null && !_ended)
            {
                Monitor.Wait(_gate);
            }
            ReplyReader? taken = _next;
            _next = null;
            if (taken is not null)
            {
                Thread.CurrentThread.Name = _name;
            }
            return taken;
        }
    }
}
