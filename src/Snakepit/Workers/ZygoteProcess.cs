using System.Text.Json;
using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Telemetry;

namespace Snakepit.Workers;

/// <summary>The process of a zygote, its output, and the workers that were forked from it.</summary>
internal sealed class ZygoteProcess(
    WorkerBlueprint blueprint, string pool, Zygote owner, PipeStarter launcher, TimeProvider time, ILogger python)
    : IZygoteProcess, IZygoteEvents
{
    private static readonly TimeSpan s_stuck = TimeSpan.FromSeconds(1); // a fork takes milliseconds
    private readonly Lock _gate = new();
    private readonly HashSet<ForkedStart> _workers = [];
    private ChildProcess? _child;
    private OutputReader? _output;
    private bool _ending;
    private bool _hasExited; // guarded by the gate
    private bool _isReleased; // guarded by the gate: its memory
    private volatile bool _outdated;

    public int ProcessId => _child?.Pid ?? 0;

    public string LastOutput { get; private set; } = "";

    public Zygote Owner => owner;

    /// <summary>Whether files that it has imported have changed, so that it forks no more.</summary>
    public bool IsOutdated => _outdated;

    public void Start()
    {
        try
        {
            (Descriptor output, Descriptor theirs) = Descriptor.CreatePipe(nonblockingRead: true);
            using (theirs)
            {
                _output = new OutputReader(launcher.OutputWatcher, output, OnLine);
                launcher.Processes.StartZygote(blueprint.ZygoteCommand!, Instructions(), theirs.Number, this);
            }
        }
        catch (IOException e)
        {
            owner.OnEnded(this, e.Message);
        }
    }

    public void Fork(WorkerStart launch, IWorkerEvents events)
    {
        if (launcher.TryOpen(launch, events) is not { } opened)
        {
            return;
        }
        var worker = new ForkedStart(this, launcher, launch, events, opened, time.GetTimestamp());
        lock (_gate)
        {
            _workers.Add(worker);
        }
        launcher.Processes.Fork(_child!, opened.Descriptors.Theirs, worker);
    }

    public void Withdraw(IWorkerEvents events)
    {
        bool isStuck;
        lock (_gate)
        {
            isStuck = _workers.Any(worker => worker.Events == events && !worker.IsStarted && time.GetElapsedTime(worker.AskedAt) > s_stuck);
        }
        if (isStuck)
        {
            End();
        }
    }

    public void End()
    {
        Volatile.Write(ref _ending, true);
        Interlocked.MemoryBarrier(); // either this thread sees the process, or its start sees the order
        _child?.Kill();
    }

    public void Release() => _output?.Close();

    public void Forget(ForkedStart worker)
    {
        lock (_gate)
        {
            _workers.Remove(worker);
        }
        ReleaseMemory();
    }

    void IChildEvents.OnStarted(ChildProcess child)
    {
        _child = child;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _ending))
        {
            child.Kill();
        }
        try
        {
            _output!.Start();
        }
        catch (IOException)
        {
            child.Kill(); // its output has no reader any more, so it could block while it prints
        }
    }

    void IZygoteEvents.OnReady(string modules)
    {
        NoteMemory();
        owner.OnReady(this, modules);
    }

    void IZygoteEvents.OnRefused(string reason) => owner.OnRefused(this, reason);

    void IZygoteEvents.OnOutdated(string file)
    {
        _outdated = true;
        owner.OnOutdated(this, file);
    }

    void IChildEvents.OnFailed(string message, bool isLauncherLost)
    {
        Release();
        owner.OnEnded(this, message);
    }

    void IChildEvents.OnExited(ChildExit exit)
    {
        _output!.Finish();
        Release();
        ForkedStart[] workers;
        lock (_gate)
        {
            workers = [.. _workers];
            _hasExited = true;
        }
        ReleaseMemory();
        owner.OnEnded(this, exit.ToString());
        foreach (ForkedStart worker in workers.Where(static worker => worker.IsStarted))
        {
            worker.Events.OnZygoteEnded();
        }
    }

    private void NoteMemory()
    {
        if (launcher.ZygoteMemory is { } memory)
        {
            using IProcessReader process = new ProcessTable().Open(ProcessId, isReadOften: false);
            memory.Note(pool, this, process.TryReadResident(out long bytes) ? bytes : 0);
        }
    }

    /// <summary>Tells once that no workers share its memory. What one worker alone has counts as its own.</summary>
    private void ReleaseMemory()
    {
        lock (_gate)
        {
            if (!_hasExited || _isReleased || _workers.Count > 1)
            {
                return;
            }
            _isReleased = true;
        }
        launcher.ZygoteMemory?.Release(this);
    }

    private void OnLine(string line, string? tool)
    {
        LastOutput = line;
        python.ZygoteOutput(pool, line);
    }

    private byte[] Instructions()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            WriteTexts(json, "preload", blueprint.Preload);
            json.WriteString("adapter", blueprint.Adapter);
            WriteTexts(json, "python_path", blueprint.PythonPath);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }
        json.WriteEndArray();
    }
}
