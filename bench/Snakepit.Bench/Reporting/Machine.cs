using System.Globalization;
using System.Runtime.InteropServices;
using Snakepit.Python;

namespace Snakepit.Bench.Reporting;

/// <summary>The machine on which a result depends. The load is the number of runnable processes in the minute before the run.</summary>
internal sealed record Machine(int Cores, string Kernel, string Dotnet, string Python, string PythonExecutable, double Load)
{
    public static Machine Describe(PythonInterpreter python)
    {
        Version kernel = Environment.OSVersion.Version;
        string implementation = python.Implementation == "cpython" ? "CPython" : python.Implementation;
        return new Machine(
            Environment.ProcessorCount, $"Linux {kernel.Major}.{kernel.Minor}", RuntimeInformation.FrameworkDescription,
            $"{implementation} {python.Version}", python.Executable, ReadLoad());
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Cores} cores, load {Load}, {Kernel}, {Dotnet}, {Python} ({PythonExecutable})");

    private static double ReadLoad() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
