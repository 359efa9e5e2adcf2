using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>
/// The bench itself in another process, with one of its hidden commands. It takes requests as lines of input, says when it is ready, and
/// ends with its input.
/// </summary>
internal sealed class ReadyProcess : IDisposable
{
    private const string Ready = "ready";
    private readonly Process _process;
    private readonly string _command;

    private ReadyProcess(Process process, string command)
    {
        _process = process;
        _command = command;
    }

    public int Id => _process.Id;

    /// <summary>Starts a process and waits until it is ready.</summary>
    /// <param name="environment">The variables to add to its environment.</param>
    /// <param name="command">The hidden command.</param>
    /// <param name="arguments">The arguments of the command.</param>
    /// <exception cref="InvalidRunException">It said something else, or ended.</exception>
    public static async Task<ReadyProcess> StartAsync(
        IReadOnlyDictionary<string, string> environment, string command, params IReadOnlyList<string> arguments)
    {
        var process = new ReadyProcess(BenchProcess.Start(environment, command, arguments), command);
        try
        {
            await process.AwaitReadyAsync();
            return process;
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="StartAsync(IReadOnlyDictionary{string, string}, string, IReadOnlyList{string})"/>
    public static Task<ReadyProcess> StartAsync(string command, params IReadOnlyList<string> arguments) =>
        StartAsync(new Dictionary<string, string>(), command, arguments);

    /// <summary>In the other process: says that it is ready.</summary>
    public static void SayReady() => Console.WriteLine(Ready);

    public async Task RequestAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
    }

    /// <inheritdoc cref="StartAsync(IReadOnlyDictionary{string, string}, string, IReadOnlyList{string})" path="/exception"/>
    public async Task AwaitReadyAsync()
    {
        if (await AnswerAsync() is not Ready and var said)
        {
            throw new InvalidRunException($"The process '{_command}' said '{said}' instead of '{Ready}'.");
        }
    }

    /// <summary>Returns the next line of its output.</summary>
    /// <exception cref="InvalidRunException">The process ended.</exception>
    public async Task<string> AnswerAsync() =>
        await _process.StandardOutput.ReadLineAsync()
        ?? throw new InvalidRunException($"The process '{_command}' ended instead of answering.");

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
