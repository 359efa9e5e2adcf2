using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Snakepit.Processes;

/// <summary>Runs a program without input and keeps the beginning of its output.</summary>
internal sealed class CommandRunner(TimeProvider time)
{
    private const int MaxCaptured = 64 * 1024;
    private const int MaxLine = 8 * 1024 * 1024;

    // The program's own output is in the pipe when it exits. Only a descendant that holds the pipe open can make the runner wait longer.
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(1);

    // More than a guard gives the resource trackers of Python to clean up.
    private static readonly TimeSpan s_endTime = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Runs the program to its end, or kills it and its descendants after <paramref name="timeout"/>. Throws only on cancellation.
    /// </summary>
    public Task<CommandOutput> RunAsync(
        string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken) =>
        RunAsync(new CommandRequest(executable, arguments, timeout), cancellationToken);

    /// <inheritdoc cref="RunAsync(string, IReadOnlyList{string}, TimeSpan, CancellationToken)"/>
    public async Task<CommandOutput> RunAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using CancellationTokenSource deadline = new(request.Timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using Process process = new() { StartInfo = Describe(request) };
        try
        {
#pragma warning disable RS0030 // the only place that may start processes this way
            process.Start();
#pragma warning restore RS0030
        }
        catch (Win32Exception refused)
        {
            return new CommandOutput(CommandEnd.NotStarted, 0, "", new Win32Exception(refused.NativeErrorCode).Message);
        }
        if (!request.EndsWithInput)
        {
            process.StandardInput.Close();
        }
        using StreamWriter standardInput = process.StandardInput;
        // A process does not close streams that its owner has taken.
        using StreamReader standardOutput = process.StandardOutput;
        using StreamReader standardError = process.StandardError;
        Capture output = new(standardOutput, request.OnOutput);
        Capture errors = new(standardError, request.OnErrors);
        try
        {
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (request.EndsWithInput)
            {
                await EndAsync(process).ConfigureAwait(false);
            }
            else
            {
                process.Kill(entireProcessTree: true);
            }
            cancellationToken.ThrowIfCancellationRequested();
            return new CommandOutput(CommandEnd.TimedOut, 0, output.Text, errors.Text);
        }
        await Task.WhenAll(output.End, errors.End).WaitAsync(s_drainTime, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return new CommandOutput(CommandEnd.Exited, process.ExitCode, output.Text, errors.Text);
    }

    private static ProcessStartInfo Describe(CommandRequest request)
    {
        var start = new ProcessStartInfo(request.Executable, request.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = request.Folder ?? "",
        };
        if (request.Variables is not null)
        {
            start.Environment.Clear();
            foreach ((string name, string value) in request.Variables)
            {
                start.Environment[name] = value;
            }
        }
        return start;
    }

    /// <summary>Closes the input of a program that ends with it, and kills what is left of it after a while.</summary>
    private async Task EndAsync(Process process)
    {
        process.StandardInput.Close();
        using CancellationTokenSource patience = new(s_endTime, time);
        try
        {
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>
    /// Reads a stream to its end, so that the program never blocks on it, and keeps the first <see cref="MaxCaptured"/> characters.
    /// </summary>
    private sealed class Capture
    {
        private readonly Lock _gate = new();
        private readonly StringBuilder _text = new();
        private readonly StringBuilder _line = new(); // the one that has no end yet
        private readonly Action<string>? _onLine;

        public Capture(StreamReader reader, Action<string>? onLine)
        {
            _onLine = onLine;
            End = ReadAsync(reader);
        }

        public Task End { get; }

        public string Text
        {
            get
            {
                lock (_gate)
                {
                    return _text.ToString();
                }
            }
        }

        private async Task ReadAsync(StreamReader reader)
        {
            char[] buffer = new char[4096];
            try
            {
                int count;
                while ((count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0)
                {
                    lock (_gate)
                    {
                        _text.Append(buffer, 0, Math.Min(count, MaxCaptured - _text.Length));
                    }
                    CutLines(buffer.AsSpan(0, count));
                }
                CutLines("\n");
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The runner gave up the process and closed its pipes.
            }
        }

        private void CutLines(ReadOnlySpan<char> more)
        {
            if (_onLine is null)
            {
                return;
            }
            for (int end; (end = more.IndexOf('\n')) >= 0; more = more[(end + 1)..])
            {
                Keep(more[..end]);
                string line = _line.ToString().TrimEnd('\r');
                _line.Clear();
                if (line.Length > 0)
                {
                    _onLine(line);
                }
            }
            Keep(more);
        }

        private void Keep(ReadOnlySpan<char> part) => _line.Append(part[..Math.Min(part.Length, MaxLine - _line.Length)]);
    }
}
