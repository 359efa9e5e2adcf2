using Snakepit.Processes;

namespace Snakepit.Tests.Lifecycle;

/// <summary>A process table with simulated processes.</summary>
internal sealed class FakeProcesses : IProcessTable
{
    private readonly Dictionary<int, FakeProcess> _processes = [];

    public bool TellsPrivateMemory { get; set; } = true;

    public int Scans { get; private set; }

    public FakeProcess this[int pid] => _processes[pid];

    public FakeProcess Add(int pid, int? session = null) => _processes[pid] = new FakeProcess { Session = session ?? pid };

    public IProcessReader Open(int pid, bool isReadOften) => _processes[pid];

    public void Scan(Action<ProcessFamily> visit)
    {
        Scans++;
        foreach ((int pid, FakeProcess process) in _processes)
        {
            if (!process.HasEnded)
            {
                visit(new ProcessFamily(pid, process.Session, process.Session));
            }
        }
    }
}
