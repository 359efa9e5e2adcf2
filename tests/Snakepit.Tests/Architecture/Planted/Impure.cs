#pragma warning disable CS0169, CS0649, CA1823, CA1802, IDE0044, IDE0051 // Planted: members exist to be found, not used.

using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Snakepit.Tests.Architecture.Planted;

/// <summary>Contains everything that a kernel must not do.</summary>
internal sealed class Impure
{
    private static readonly int[] s_table = [1, 2];
    private static int s_counter;
    private readonly object _gate = new();
    private TimeProvider? _clock;
    private ILogger? _log;

    public static int Count() => s_counter++ + s_table.Length;

    public object Arm() => new Timer(_ => { });

    public int Guarded()
    {
        lock (_gate)
        {
            return 1;
        }
    }

    public long Now() => DateTime.Today.Ticks;

    public void Read(Stream stream)
    {
    }

    public int Run() => Process.GetCurrentProcess().SessionId;

    public Task? Start() => null;

    public int Roll() => Random.Shared.Next();

    public async ValueTask Wait() => await ValueTask.CompletedTask;
}
