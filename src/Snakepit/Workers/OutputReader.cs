using System.Text;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>Cuts what a process prints into lines, on the watcher's thread. Bounded, whatever is printed.</summary>
internal sealed class OutputReader(Watcher watcher, Descriptor pipe, Action<string> onLine) : IWatched
{
    private const int MaxLine = 8 * 1024;
    private const int MaxFinalReads = 64;
    private readonly Lock _gate = new();
    private readonly byte[] _buffer = new byte[MaxLine];
    private int _filled;
    private long _watch;
    private bool _closed;

    public void Start() => _watch = watcher.Add(pipe, this);

    /// <summary>Reads what is left, at most what a pipe holds several times over.</summary>
    public void Finish()
    {
        for (int i = 0; i < MaxFinalReads && ReadOnce(); i++)
        {
        }
        lock (_gate)
        {
            if (_filled > 0)
            {
                Emit(_buffer.AsSpan(0, _filled));
                _filled = 0;
            }
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                watcher.Remove(pipe, _watch);
                pipe.Dispose();
            }
        }
    }

    void IWatched.OnReady(bool readable, bool writable) => ReadOnce();

    private bool ReadOnce()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }
            int count = pipe.Read(_buffer.AsSpan(_filled));
            if (count <= 0)
            {
                if (count != -Libc.EAgain)
                {
                    watcher.Remove(pipe, _watch); // closed by the worker and all its descendants
                }
                return false;
            }
            _filled += count;
            TakeLines();
            return true;
        }
    }

    private void TakeLines()
    {
        Span<byte> text = _buffer.AsSpan(0, _filled);
        for (int end = text.IndexOf((byte)'\n'); end >= 0; end = text.IndexOf((byte)'\n'))
        {
            Emit(text[..end]);
            text = text[(end + 1)..];
        }
        if (text.Length == _buffer.Length)
        {
            Emit(text); // a line longer than the buffer is told in pieces
            text = default;
        }
        text.CopyTo(_buffer);
        _filled = text.Length;
    }

    private void Emit(ReadOnlySpan<byte> line) => onLine(Encoding.UTF8.GetString(line.TrimEnd((byte)'\r')));
}
