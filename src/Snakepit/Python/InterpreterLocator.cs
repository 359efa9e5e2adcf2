using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>Finds the interpreter for a pool. One instance per runtime: a result is valid until the file changes.</summary>
internal sealed class InterpreterLocator(IHostSystem host, InterpreterProbe probe, ProbeMemory? memory = null) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<Key, PythonInterpreter> _known = [];

    /// <inheritdoc cref="LocateAsync(PythonOptions, string, CancellationToken)"/>
    public Task<PythonInterpreter> LocateAsync(PythonOptions options, CancellationToken cancellationToken) =>
        LocateAsync(options, null, cancellationToken);

    /// <summary>Returns the first usable candidate.</summary>
    /// <exception cref="PythonNotFoundException">No candidate is usable. The message lists the candidates, and names the pool.</exception>
    public async Task<PythonInterpreter> LocateAsync(PythonOptions options, string? pool, CancellationToken cancellationToken)
    {
        InterpreterSearch search = InterpreterSearch.Plan(options, host);
        List<string> tried = [];
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (InterpreterCandidate candidate in search.Candidates)
            {
                ProbeResult result = await ExamineAsync(candidate, cancellationToken).ConfigureAwait(false);
                if (result.Interpreter is { } interpreter && search.Accepts(interpreter.Version))
                {
                    return interpreter with { Origin = candidate.Origin, Environment = candidate.Environment, PassedOver = tried };
                }
                string? problem = result.Problem ?? $"version {result.Interpreter!.Version} is not in Python.Version, '{options.Version}'";
                tried.Add($"{candidate.Path} ({candidate.Origin}): {problem}");
            }
        }
        finally
        {
            _gate.Release();
        }
        throw new PythonNotFoundException(
            $"No usable Python ({options.Version ?? "3.9 or newer"}) was found{(pool is null ? "" : $" for pool '{pool}'")}. Tried:"
                + $"{string.Concat(tried.Select(static line => $"\n  {line}"))}\n{search.Remedy}")
        {
            Tried = tried,
            Remedy = search.Remedy,
        };
    }

    public void Dispose() => _gate.Dispose();

    private async Task<ProbeResult> ExamineAsync(InterpreterCandidate candidate, CancellationToken cancellationToken)
    {
        if (candidate.Problem is not null)
        {
            return new ProbeResult(null, candidate.Problem);
        }
        FileFacts facts = host.Inspect(candidate.Path);
        Key key = new(candidate.Path, facts.ModifiedUtc, facts.Length);
        if (_known.TryGetValue(key, out PythonInterpreter? known) || (known = memory?.Recall(candidate.Path, facts)) is not null)
        {
            _known[key] = known;
            return new ProbeResult(known, null);
        }
        ProbeResult result = await probe.RunAsync(candidate.Path, facts, cancellationToken).ConfigureAwait(false);
        // Only successes are remembered: a failure, such as a timeout on a busy machine, may be a success for the next pool.
        if (result.Interpreter is not null)
        {
            _known[key] = result.Interpreter;
            memory?.Keep(candidate.Path, facts, result.Interpreter);
        }
        return result;
    }

    private readonly record struct Key(string Path, DateTime ModifiedUtc, long Length);
}
