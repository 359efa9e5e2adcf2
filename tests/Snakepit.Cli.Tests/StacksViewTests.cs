using Snakepit.Cli.Output;

namespace Snakepit.Cli.Tests;

/// <summary>The stacks of a worker, without what is Snakepit's.</summary>
public sealed class StacksViewTests
{
    private const string Own = "/home/me/.cache/snakepit/python/636e145c541e5efa629e241d3b7ada57/snakepit";

    [Fact]
    public void Runs_of_own_functions_take_a_line_and_those_of_the_user_stay()
    {
        string stacks = $"""
            Thread 0x01 (most recent call first):
              File "{Own}/_channels.py", line 74 in receive_control
              File "{Own}/_control.py", line 64 in _receive

            Current thread 0x02 (most recent call first):
              File "/srv/shop/snakepit/_prices.py", line 3 in add
              File "{Own}/_serial.py", line 86 in _serve
              File "<string>", line 1 in <module>
            """;

        Assert.Equal(
            """
            Thread 0x01 (most recent call first):
              2 internal frames of Snakepit (idle)

            Current thread 0x02 (most recent call first):
              File "/srv/shop/snakepit/_prices.py", line 3 in add
              2 internal frames of Snakepit
            """,
            StacksView.Shorten(stacks));
    }
}
