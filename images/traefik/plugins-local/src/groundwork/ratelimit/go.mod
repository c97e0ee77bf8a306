module groundwork/ratelimit

go 1.24
