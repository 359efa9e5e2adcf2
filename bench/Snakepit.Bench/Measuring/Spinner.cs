using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>A process that uses a whole core until it is killed or the bench ends.</summary>
internal static class Spinner
{
    private const string Program = """
        import os, sys, threading
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()
        while True:
            pass
        """;

    public static Process Start(string python) =>
        Process.Start(new ProcessStartInfo(python, ["-S", "-c", Program]) { RedirectStandardInput = true })!;

    public static void End(Process spinner)
    {
        spinner.StandardInput.Close();
        spinner.WaitForExit();
        spinner.Dispose();
    }
}
