namespace Snakepit.Tests.Calls;

/// <summary>Completions that a busy thread pool does not run in time.</summary>
public sealed class CompletionWatchTests
{
    private readonly List<UnaryCall> _run = [];
    private readonly CompletionWatch _watch;

    public CompletionWatchTests() => _watch = new CompletionWatch(_run.Add);

    [Fact]
    public void A_call_that_is_due_at_two_looks_is_run()
    {
        UnaryCall call = AddDue();

        Assert.True(_watch.Look());
        Assert.Empty(_run);
        Assert.True(_watch.Look());

        Assert.Equal([call], _run);
    }

    [Fact]
    public void A_call_is_asked_for_again_until_it_has_run()
    {
        UnaryCall call = AddDue();
        _watch.Look();

        _watch.Look();
        _watch.Look();

        Assert.Equal([call, call], _run);
    }

    [Fact]
    public void A_call_that_the_pool_has_run_is_watched_no_longer()
    {
        UnaryCall call = AddDue();
        _watch.Look();
        call.Execute();

        Assert.False(_watch.Look());

        Assert.Empty(_run);
        Assert.True(call.TryWatch());
    }

    [Fact]
    public void A_call_that_is_used_again_between_two_looks_begins_anew()
    {
        UnaryCall call = AddDue();
        _watch.Look();
        call.Execute();
        call.Discard();
        BecomeDue(call);
        _watch.Add(call);

        Assert.True(_watch.Look());
        Assert.Empty(_run);
        _watch.Look();

        Assert.Equal([call], _run);
    }

    [Fact]
    public void Only_calls_that_are_late_are_run()
    {
        UnaryCall late = AddDue();
        _watch.Look();
        UnaryCall young = AddDue();

        _watch.Look();
        Assert.Equal([late], _run);
        late.Execute();
        _watch.Look();

        Assert.Equal([late, young], _run);
    }

    [Fact]
    public void An_added_call_is_new_until_the_next_look()
    {
        Assert.False(_watch.HasNew);
        AddDue();
        Assert.True(_watch.HasNew);
        _watch.Look();
        Assert.False(_watch.HasNew);
    }

    private UnaryCall AddDue()
    {
        var call = new UnaryCall();
        BecomeDue(call);
        _watch.Add(call);
        return call;
    }

    private static void BecomeDue(UnaryCall call)
    {
        _ = call.Completion.AsTask(); // a caller waits
        Assert.True(call.BecomeDue());
    }
}
