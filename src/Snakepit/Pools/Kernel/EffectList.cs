using System.Runtime.InteropServices;

namespace Snakepit.Pools.Kernel;

/// <summary>The effects of one kernel step. Reused from step to step.</summary>
internal sealed class EffectList
{
    private readonly List<Effect> _commands = new(16);
    private readonly List<Effect> _actions = new(16);

    /// <summary>The effects to append to outboxes before the lock is released, in this order.</summary>
    public ReadOnlySpan<Effect> Commands => CollectionsMarshal.AsSpan(_commands);

    /// <summary>The effects to perform after the lock is released, in any order.</summary>
    public ReadOnlySpan<Effect> Actions => CollectionsMarshal.AsSpan(_actions);

    public void Add(in Effect effect)
    {
        if (effect.IsCommand)
        {
            _commands.Add(effect);
        }
        else
        {
            _actions.Add(effect);
        }
    }

    public void Clear()
    {
        _commands.Clear();
        _actions.Clear();
    }
}
