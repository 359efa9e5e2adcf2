using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Snakepit.Bench.Reporting;

namespace Snakepit.Bench.Measuring;

/// <summary>The result of fuzzing the worker's readers in a Python process.</summary>
internal sealed record PythonFuzz(long Inputs, double SlowestMs, IReadOnlyList<string> Findings)
{
    public static async Task<PythonFuzz> RunAsync(string python, long inputs, ulong seed, Progress progress, CancellationToken cancellation)
    {
        string[] numbers = [inputs.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo(python, ["-m", "tests.fuzzing", .. numbers])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.Combine(BenchFiles.Root, "python"),
        };
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, said) =>
        {
            if (said.Data is { } line)
            {
                progress.Say(line);
            }
        };
        process.BeginErrorReadLine();
        try
        {
            string output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0
                ? Parse(output)
                : throw new InvalidRunException($"Python's readers ended with exit code {process.ExitCode}.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static PythonFuzz Parse(string output)
    {
        using JsonDocument result = JsonDocument.Parse(output);
        JsonElement root = result.RootElement;
        return new PythonFuzz(
            root.GetProperty("inputs").GetInt64(),
            root.GetProperty("slowest_ms").GetDouble(),
            [.. root.GetProperty("findings").EnumerateArray().Select(static finding => finding.GetString()!)]);
    }
}
