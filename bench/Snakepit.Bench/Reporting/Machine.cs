using System.Runtime.InteropServices;
using Snakepit.Python;

namespace Snakepit.Bench.Reporting;

/// <summary>What a result depends on.</summary>
internal sealed record Machine(int Cores, string Kernel, string Dotnet, string Python, string PythonExecutable)
{
    public static Machine Describe(PythonInterpreter python)
    {
        Version kernel = Environment.OSVersion.Version;
        string implementation = python.Implementation == "cpython" ? "CPython" : python.Implementation;
        return new Machine(
            Environment.ProcessorCount, $"Linux {kernel.Major}.{kernel.Minor}", RuntimeInformation.FrameworkDescription,
            $"{implementation} {python.Version}", python.Executable);
    }

    public override string ToString() => $"{Cores} cores, {Kernel}, {Dotnet}, {Python} ({PythonExecutable})";
}
