using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Processes;
using Snakepit.Telemetry;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

/// <summary>Which launches wait, which are forked and which are spawned.</summary>
[Trait("Rule", "S2")]
public sealed class ZygoteTests
{
    private static readonly WorkerBlueprint s_blueprint = new()
    {
        Adapter = "fake", PythonPath = [], MaxMessage = 1, Unserializable = default, ReprMaxLength = 1, Codec = new JsonValueCodec(),
    };

    private readonly FakeMeans _means = new();
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogger _logger = new();
    private readonly Zygote _zygote;
    private int _launches;

    public ZygoteTests() => _zygote = new Zygote(s_blueprint, "text", _means, _time, _logger);

    private IReadOnlyList<string> Done => _means.Done;

    [Fact]
    public void Launches_wait_for_one_zygote_and_are_forked_when_it_is_ready()
    {
        Launch();
        Launch();
        Assert.Equal(["start z1"], Done);

        _zygote.OnReady(_means.Zygotes[0], "numpy");
        Launch();

        Assert.Equal(["start z1", "fork text/0#1 by z1", "fork text/0#2 by z1", "fork text/0#3 by z1"], Done);
        Assert.Equal([EventIds.ZygoteReady], Logged());
    }

    [Fact]
    public void Refusal_spawns_what_waits_and_all_that_comes_and_is_told_once()
    {
        Launch();
        _zygote.OnRefused(_means.Zygotes[0], "because");
        _zygote.OnEnded(_means.Zygotes[0], "exit code 70");
        _time.Advance(TimeSpan.FromDays(1));
        Launch();

        Assert.Equal(["start z1", "spawn text/0#1", "spawn text/0#2"], Done);
        Assert.Equal([EventIds.ZygoteRefused], Logged());
    }

    [Fact]
    public void Retired_zygote_ends_and_late_launches_are_spawned()
    {
        GetReady();

        _zygote.Retire();
        _zygote.OnEnded(_means.Zygotes[0], "killed by SIGKILL");
        Launch();

        Assert.Equal(["start z1", "fork text/0#1 by z1", "end z1", "spawn text/0#2"], Done);
        Assert.Equal([EventIds.ZygoteReady], Logged());
    }

    [Fact]
    public void Retired_zygote_that_starts_ends_and_what_waits_is_spawned()
    {
        Launch();

        _zygote.Retire();

        Assert.Equal(["start z1", "end z1", "spawn text/0#1"], Done);
    }

    [Fact]
    public void Outdated_zygote_ends_and_launches_wait_for_the_next()
    {
        GetReady();
        _zygote.OnOutdated(_means.Zygotes[0], "helper.py");
        Launch();
        _zygote.OnOutdated(_means.Zygotes[0], "helper.py");
        _zygote.OnEnded(_means.Zygotes[0], "killed by SIGKILL");
        Assert.Equal(["start z1", "fork text/0#1 by z1", "end z1", "start z2"], Done);

        _zygote.OnReady(_means.Zygotes[1], "");

        Assert.Equal("fork text/0#2 by z2", Done[^1]);
        Assert.Equal([EventIds.ZygoteReady, EventIds.ZygoteOutdated, EventIds.ZygoteReady], Logged());
    }

    [Fact]
    public void Zygote_that_is_refused_in_the_midst_of_a_change_is_tried_again()
    {
        GetReady();
        _zygote.OnOutdated(_means.Zygotes[0], "helper.py");
        _zygote.OnRefused(_means.Zygotes[1], "'helper' can't be imported");
        Launch();
        _time.Advance(TimeSpan.FromSeconds(1));
        Launch();

        Assert.Equal(["start z1", "fork text/0#1 by z1", "end z1", "start z2", "spawn text/0#2", "start z3"], Done);
    }

    [Fact]
    public void Late_zygote_has_what_waits_spawned_and_serves_when_it_is_ready_after_all()
    {
        Launch();
        _time.Advance(s_blueprint.ZygotePatience);
        Launch();
        _zygote.OnReady(_means.Zygotes[0], "");
        Launch();

        Assert.Equal(["start z1", "spawn text/0#1", "spawn text/0#2", "fork text/0#3 by z1"], Done);
        Assert.Equal([EventIds.ZygoteLate, EventIds.ZygoteReady], Logged());
    }

    [Fact]
    public void First_loss_brings_a_new_zygote_with_the_next_launch()
    {
        GetReady();
        _zygote.OnEnded(_means.Zygotes[0], "killed by SIGKILL");
        Launch();

        Assert.Equal(["start z1", "fork text/0#1 by z1", "start z2"], Done);
        Assert.Equal([EventIds.ZygoteReady, EventIds.ZygoteLost], Logged());
    }

    [Fact]
    public void No_field_of_a_log_message_is_empty()
    {
        Launch();
        _zygote.OnReady(_means.Zygotes[0], "");
        _zygote.OnEnded(_means.Zygotes[0], "killed by SIGKILL");

        string[] told = [.. _logger.Collector.GetSnapshot().Select(static line => line.Message)];
        Assert.EndsWith("it has imported no module", told[0], StringComparison.Ordinal);
        Assert.EndsWith("The last output: none", told[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Loss_of_a_zygote_that_was_not_ready_spawns_what_waits()
    {
        Launch();
        _zygote.OnEnded(_means.Zygotes[0], "exit code 3");

        Assert.Equal(["start z1", "spawn text/0#1"], Done);
    }

    [Fact]
    public void Zygotes_that_keep_dying_are_started_ever_more_rarely()
    {
        foreach (int seconds in (int[])[0, 0, 1, 4, 16, 60, 60])
        {
            if (seconds > 0)
            {
                _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
                Launch();
                Assert.StartsWith("spawn", Done[^1], StringComparison.Ordinal);
                _time.Advance(TimeSpan.FromTicks(1));
            }
            Launch();
            Assert.StartsWith("start", Done[^1], StringComparison.Ordinal);
            _zygote.OnEnded(_means.Zygotes[^1], "exit code 3");
        }
    }

    [Fact]
    public void Zygote_that_served_for_long_is_replaced_at_once_whatever_was_before()
    {
        Launch();
        _zygote.OnEnded(_means.Zygotes[0], "exit code 3");
        GetReady();
        _time.Advance(TimeSpan.FromMinutes(1));
        _zygote.OnEnded(_means.Zygotes[1], "killed by SIGKILL");
        Launch();

        Assert.Equal("start z3", Done[^1]);
    }

    [Fact]
    public void Replacement_is_ready_before_the_old_one_ends_which_serves_until_then()
    {
        GetReady();
        Replace();
        Launch();
        Assert.Equal(["start z1", "fork text/0#1 by z1", "start z2", "fork text/0#2 by z1"], Done);

        _zygote.OnReady(_means.Zygotes[1], "");
        _zygote.OnEnded(_means.Zygotes[0], "killed by SIGKILL");
        Launch();

        Assert.Equal(["end z1", "replaced", "fork text/0#3 by z2"], Done.Skip(4));
        Assert.DoesNotContain(EventIds.ZygoteLost, Logged());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Replacement_that_fails_ends_the_old_one_too_whose_code_is_out_of_date(bool isRefused)
    {
        GetReady();
        Replace();

        if (isRefused)
        {
            _zygote.OnRefused(_means.Zygotes[1], "because");
        }
        else
        {
            _zygote.OnEnded(_means.Zygotes[1], "exit code 3");
            _zygote.OnEnded(_means.Zygotes[0], "killed by SIGKILL"); // as ordered
        }

        Assert.Equal(["end z1", "replaced"], Done.Skip(3));
    }

    [Fact]
    public void Old_one_that_is_lost_during_its_replacement_leaves_launches_waiting_for_the_new_one()
    {
        GetReady();
        Replace();
        _zygote.OnEnded(_means.Zygotes[0], "killed by SIGKILL");
        Launch();
        _zygote.OnReady(_means.Zygotes[1], "");

        Assert.Equal(["fork text/0#2 by z2", "replaced"], Done.Skip(3));
    }

    [Fact]
    public void Replacement_during_a_start_begins_anew_and_keeps_what_waits()
    {
        Launch();
        Replace();
        _zygote.OnReady(_means.Zygotes[0], "");
        _zygote.OnEnded(_means.Zygotes[0], "killed by SIGKILL");
        Assert.Equal(["start z1", "end z1", "start z2"], Done);

        _zygote.OnReady(_means.Zygotes[1], "");

        Assert.Equal(["fork text/0#1 by z2", "replaced"], Done.Skip(3));
        Assert.Equal([EventIds.ZygoteReady], Logged());
    }

    [Fact]
    public void Replacement_twice_ends_all_but_the_last()
    {
        GetReady();
        Replace();
        Replace();
        _zygote.OnReady(_means.Zygotes[2], "");

        Assert.Equal(["start z2", "end z2", "start z3", "end z1", "replaced", "replaced"], Done.Skip(2));
    }

    [Fact]
    public void Replacement_of_what_was_refused_tries_again_with_the_next_launch()
    {
        Launch();
        _zygote.OnRefused(_means.Zygotes[0], "because");
        Replace();
        Launch();

        Assert.Equal("start z2", Done[^1]);
    }

    [Fact]
    public void Withdrawn_launch_that_waits_has_exited_and_is_never_made()
    {
        FakeEvents events = Launch();
        _zygote.Withdraw(events);
        _zygote.OnReady(_means.Zygotes[0], "");

        Assert.Equal(1, events.Exits);
        Assert.Equal(["start z1"], Done);
    }

    [Fact]
    public void Withdrawn_launch_that_does_not_wait_is_the_zygotes_to_judge()
    {
        FakeEvents events = GetReady();
        _zygote.Withdraw(events);

        Assert.Equal(0, events.Exits);
        Assert.Equal("withdraw from z1", Done[^1]);
    }

    [Fact]
    public void Released_zygote_tells_nothing_and_starts_nothing()
    {
        GetReady();
        _zygote.Release();
        _zygote.OnEnded(_means.Zygotes[0], "killed by SIGKILL");
        Replace();

        Assert.Equal(["release z1", "replaced"], Done.Skip(2));
        Assert.Equal([EventIds.ZygoteReady], Logged());
    }

    private void Replace() => _zygote.Replace(() => _means.Done.Add("replaced"));

    private FakeEvents GetReady()
    {
        FakeEvents events = Launch();
        _zygote.OnReady(_means.Zygotes[^1], "");
        return events;
    }

    private FakeEvents Launch()
    {
        var events = new FakeEvents();
        _zygote.Launch(new WorkerStart(new WorkerId("text", 0, ++_launches), s_blueprint), events);
        return events;
    }

    private int[] Logged() => [.. _logger.Collector.GetSnapshot().Select(static record => record.Id.Id)];

    private sealed class FakeMeans : IZygoteMeans
    {
        public List<string> Done { get; } = [];

        public List<IZygoteProcess> Zygotes { get; } = [];

        public IZygoteProcess CreateZygote(WorkerBlueprint blueprint, string pool, Zygote owner)
        {
            Zygotes.Add(new FakeZygote($"z{Zygotes.Count + 1}", Done));
            return Zygotes[^1];
        }

        public void Spawn(WorkerStart launch, IWorkerEvents events) => Done.Add($"spawn {launch.Id}");
    }

    private sealed class FakeZygote(string name, List<string> done) : IZygoteProcess
    {
        public int ProcessId => 1;

        public string LastOutput => "";

        public void Start() => done.Add($"start {name}");

        public void Fork(WorkerStart launch, IWorkerEvents events) => done.Add($"fork {launch.Id} by {name}");

        public void Withdraw(IWorkerEvents events) => done.Add($"withdraw from {name}");

        public void End() => done.Add($"end {name}");

        public void Release() => done.Add($"release {name}");
    }

    private sealed class FakeEvents : IWorkerEvents
    {
        public int Exits { get; private set; }

        public void OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun) => Exits++;

        void IWorkerEvents.OnLaunched(IWorkerChannel channel)
        {
        }

        void IWorkerEvents.OnReady(WorkerAbilities abilities)
        {
        }

        void IWorkerEvents.OnFailed(WorkerFailure failure)
        {
        }

        void IWorkerEvents.OnReplies(ReadOnlySpan<WorkerReply> replies)
        {
        }

        void IWorkerEvents.OnRecalled(CallKey call)
        {
        }

        void IWorkerEvents.OnPong()
        {
        }

        void IWorkerEvents.OnRecycleRequested()
        {
        }

        void IWorkerEvents.OnMemoryUsage(long bytes)
        {
        }

        void IWorkerEvents.OnTelemetry(PythonSignal signal)
        {
        }

        void IWorkerEvents.OnCollected()
        {
        }

        void IWorkerEvents.OnZygoteEnded()
        {
        }

        void IWorkerEvents.OnLog(PythonRecord record)
        {
        }

        void IWorkerEvents.OnOutput(string line, string? tool)
        {
        }

        void IWorkerEvents.OnProtocolError(string problem)
        {
        }
    }
}
