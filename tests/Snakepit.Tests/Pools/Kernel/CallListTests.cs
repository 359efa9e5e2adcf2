using CsCheck;
using Snakepit.Pools.Kernel;

namespace Snakepit.Tests.Pools.Kernel;

public class CallListTests
{
    [Fact]
    [Trait("Rule", "L4")]
    public void Random_operations_agree_with_a_sorted_list()
    {
        // Calls join at the end with a new ticket, leave from anywhere, and return to the position of their ticket.
        Gen<(int What, int Pick)[]> steps = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1_000]).Array[1, 200];

        steps.Sample(static steps =>
        {
            var calls = new CallTable();
            CallList list = CallList.Empty;
            var inside = new List<int>();
            var outside = new List<int>();
            long tickets = 0;
            foreach ((int what, int pick) in steps)
            {
                if (what == 0)
                {
                    int index = calls.Allocate();
                    calls[index].Queue.Ticket = ++tickets;
                    list.AddLast(calls, index);
                    inside.Add(index);
                }
                else if (what == 1 && outside.Count > 0)
                {
                    int index = outside[pick % outside.Count];
                    outside.Remove(index);
                    list.AddByTicket(calls, index);
                    inside.Insert(
                        inside.FindIndex(i => calls[i].Queue.Ticket > calls[index].Queue.Ticket) is var at and >= 0 ? at : inside.Count,
                        index);
                }
                else if (inside.Count > 0)
                {
                    int index = inside[pick % inside.Count];
                    inside.Remove(index);
                    list.Remove(calls, index);
                    outside.Add(index);
                }
                Check(calls, list, inside);
            }
        });
    }

    private static void Check(CallTable calls, CallList list, List<int> expected)
    {
        var forwards = new List<int>();
        int previous = -1;
        for (int index = list.First; index >= 0; index = calls[index].Next)
        {
            Assert.Equal(previous, calls[index].Previous);
            forwards.Add(index);
            previous = index;
        }
        Assert.Equal(expected, forwards);
        Assert.Equal(expected.Count, list.Count);
    }
}
