using System.Text;

namespace Snakepit.Cli.Tests.Fixture;

/// <summary>Keeps what is written, and tells when a text has come.</summary>
internal sealed class SignallingWriter : StringWriter
{
    private readonly List<(string Text, int After, TaskCompletionSource Seen)> _waiting = [];
    private readonly Lock _gate = new();

    public SignallingWriter() => NewLine = "\n";

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Completes when the text has come, after so many other characters.</summary>
    public Task WaitForAsync(string text, int after = 0)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add((text, after, seen));
            Signal();
        }
        return seen.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        lock (_gate)
        {
            base.Write(value);
            Signal();
        }
    }

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override void WriteLine() => Write(NewLine);

    public override string ToString()
    {
        lock (_gate)
        {
            return base.ToString();
        }
    }

    private void Signal()
    {
        string all = base.ToString();
        foreach ((string text, int after, TaskCompletionSource seen) in _waiting)
        {
            if (all.Length > after && all.IndexOf(text, after, StringComparison.Ordinal) >= 0)
            {
                seen.TrySetResult();
            }
        }
    }
}
