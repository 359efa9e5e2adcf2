namespace Snakepit.Pools.Kernel;

/// <content>The kernel's whole state as numbers, so that another one can go on from here.</content>
internal sealed partial class PoolKernel
{
    /// <summary>Saves the state, or takes over what was saved.</summary>
    public void Exchange(KernelImage image)
    {
        ExchangeWorkers(image); // first: calls mention them
        _calls.Exchange(image);
        _queue.Exchange(image);
        _wheel.Exchange(image);
        Accepted = image.Of(Accepted);
        Rejected = image.Of(Rejected);
        Recycled = image.Of(Recycled);
        _random = image.Of(_random);
        _tickets = image.Of(_tickets);
        _workersDue = image.Of(_workersDue);
        _running = image.Of(_running);
        _saturated = image.Of(_saturated);
        _reliefAt = image.Of(_reliefAt);
        _shedding = image.Of(_shedding);
        _state = image.Of(_state);
        _checks = image.Of(_checks);
        _tainted = image.Of(_tainted);
        ExchangeSizes(image);
        ExchangeStarts(image);
        ExchangePaces(image);
    }

    private void ExchangeWorkers(KernelImage image)
    {
        int slots = image.Of(_slots.Length);
        if (image.IsLoading)
        {
            _slots = new SlotNode[slots];
        }
        for (int i = 0; i < slots; i++)
        {
            (_slots[i] ??= new SlotNode(i, _plan)).Exchange(image);
        }
        foreach (SlotNode slot in _slots)
        {
            slot.Current?.Exchange(image);
            slot.Next?.Exchange(image);
            foreach (WorkerNode leaving in slot.Leaving)
            {
                leaving.Exchange(image);
            }
            if (image.IsLoading && slot.Current is { } current)
            {
                _listed.TakeBack(current);
            }
        }
    }

    private void ExchangeSizes(KernelImage image)
    {
        _target = image.Of(_target);
        _resting = image.Of(_resting);
        _stopsFirst = image.Of(_stopsFirst);
        _planAt = image.Of(_planAt);
        _replanAt = image.Of(_replanAt);
        _codeChangedAt = image.Of(_codeChangedAt);
        _codeUntried = image.Of(_codeUntried);
        _closing = image.Of(_closing);
        _drainUntil = image.Of(_drainUntil);
        _rejectQueueAt = image.Of(_rejectQueueAt);
    }

    private void ExchangeStarts(KernelImage image)
    {
        _everReady = image.Of(_everReady);
        _doubtedAt = image.Of(_doubtedAt);
        _failing = image.Of(_failing);
        _learnedStart = image.Of(_learnedStart);
        _mayStart = image.Of(_mayStart);
        _toldOfOverdue = image.Of(_toldOfOverdue);
        _progressAt = image.Of(_progressAt);
        _restarts.Exchange(image);
        _quarantine.Exchange(image);
    }

    private void ExchangePaces(KernelImage image)
    {
        _deepWorkers = image.Of(_deepWorkers);
        _stallsDue = image.Of(_stallsDue);
        int paces = image.Of(_paces.Length);
        Array.Resize(ref _paces, paces);
        foreach (ref ToolPace pace in _paces.AsSpan())
        {
            pace.Exchange(image);
        }
    }
}
